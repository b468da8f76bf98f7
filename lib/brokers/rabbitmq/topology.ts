import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { createKeyedMutex } from '#lib/util/mutex.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { DeclaredDestinations } from '../kit/declared-destinations.ts'
import { wordsOf } from '../kit/failures.ts'
import { ManagedExchange } from './exchange.ts'
import { noSuch, REPLY } from './failures.ts'
import type {
  Found,
  LostAt,
  ManagedDestination,
  Redeclarations,
  TopologyParts,
} from './managed-destination.ts'
import { ManagedQueue } from './queue.ts'
import { deadLettersOf } from './queue-arguments.ts'

/**
 * The destinations that this driver keeps declared. They are checked again after any loss; one that was gone is declared
 * anew and reported, because what waited in it is gone too. One operation on a destination runs at a time: of several
 * consumers that come back, one declares and the others find.
 */
export class Topology {
  readonly #parts: TopologyParts
  readonly #managed = new DeclaredDestinations<ManagedDestination>()
  readonly #mutex = createKeyedMutex()

  constructor(parts: TopologyParts) {
    this.#parts = parts
  }

  /** Undefined for one that was not declared here. */
  of(address: string): ManagedDestination | undefined {
    return this.#managed.get(address)
  }

  /** When it throws, what was made by then is deleted by `remove`. */
  declare(spec: DestinationSpec): Promise<Declared> {
    const { address } = spec
    return this.#mutex.run(address, async () => {
      const before = this.#managed.known(address)
      const destination = before?.spec.mode === spec.mode ? before : createManaged(this.#parts, spec)
      const wasMadeHere = destination.isMadeHere
      const isHalfMade = (error: unknown) => {
        if (error instanceof AppError && error.code === 'broker-refused') destination.isMadeHere = wasMadeHere
        return destination.isMadeHere || destination.sideQueue !== null
      }
      const declared = await this.#managed.declare(
        address,
        destination,
        () => destination.declare(spec),
        isHalfMade,
      )
      destination.noteFound()
      return declared
    })
  }

  /** The destination as the broker has it now: other programs may have declared it anew. Throws AppError `broker-refused`. */
  describe(address: string): Promise<Found> {
    return this.#mutex.run(address, () => {
      const destination = this.of(address)
      if (destination === undefined) throw noSuch('queue', address)
      return destination.describe()
    })
  }

  /** An exchange has lost the bindings of our queues, so it is a new one of that name: reads its properties, and reports the loss. */
  async replaced(address: string): Promise<void> {
    await this.describe(address)
    const text = `The exchange "${address}" was deleted and made again by another program, and its bindings were gone. Its subscribers are bound again.`
    this.#parts.fault(address, 'exchange-lost', text)
  }

  /** Forgets it once the broker has deleted it, and not before. */
  remove(address: string, keep: boolean): Promise<void> {
    return this.#mutex.run(address, () =>
      this.#managed.remove(address, async (known, isHalfMade) => {
        await known?.remove(keep || (isHalfMade && !known.isMadeHere))
      }),
    )
  }

  /** Declares it anew when it is gone. Throws AppError `broker-refused` for a missing one that was not declared here. */
  ensure(address: string, mode: Mode, lostAt: LostAt): Promise<Redeclarations> {
    return this.#mutex.run(address, async () => {
      const destination = this.of(address)
      if (destination) return destination.ensure(lostAt)
      const kind = mode === 'fanout' ? 'exchange' : 'queue'
      if (!(await this.#parts.control.exists(kind, address))) throw noSuch(kind, address)
      return null
    })
  }

  /** Declares the queue of its dead letters anew when it is gone. Throws AppError `broker-refused` for one that was not declared here. */
  ensureDeadLetters(address: string): Promise<Redeclarations> {
    return this.#mutex.run(address, async () => {
      const sideQueue = this.of(address)?.sideQueue
      if (sideQueue) {
        await sideQueue.ensure()
        return sideQueue.redeclarations
      }
      const name = deadLettersOf(address)
      if (!(await this.#parts.control.exists('queue', name))) throw noDeadLetters(address)
      return null
    })
  }

  /** Declares all that are gone anew, after the connection was lost at `lostAt`. What the broker refuses is reported. */
  async ensureAll(lostAt: number): Promise<void> {
    for (const destination of this.#managed.values()) {
      if (!destination.gone) await this.#ensureOrReport(destination, lostAt)
    }
  }

  /** Declares all exchanges that are gone anew, after a publish did not find one. Never throws. */
  async ensureExchanges(): Promise<void> {
    for (const destination of this.#managed.values()) {
      if (destination.kind !== 'exchange') continue
      try {
        await this.#ensureOrReport(destination, null)
      } catch (error) {
        // The next reading of its facts, or the next connection, tries again.
        const { address } = destination.spec
        const details = { code: 'exchange-not-ensured', exchange: address, reason: wordsOf(error) }
        this.#parts.log.debug(details, 'an exchange was not declared anew yet')
      }
    }
  }

  async #ensureOrReport(destination: ManagedDestination, lostAt: LostAt): Promise<void> {
    const { address } = destination.spec
    try {
      await this.#mutex.run(address, () => destination.ensure(lostAt))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
      this.#parts.fault(address, 'declare-refused', error.message)
    }
  }
}

/** Throws AppError `invalid` for settings that a destination of its mode can't have. */
const createManaged = (parts: TopologyParts, spec: DestinationSpec): ManagedDestination =>
  spec.mode === 'fanout' ? new ManagedExchange(parts, spec) : new ManagedQueue(parts, spec)

function noDeadLetters(address: string): AppError {
  const reason = `"${address}" keeps no dead letters: there is no queue "${deadLettersOf(address)}"`
  const detail = { reason, replyCode: REPLY.NOT_FOUND }
  return new AppError('broker-refused', `RabbitMQ refused: ${reason}`, { detail })
}
