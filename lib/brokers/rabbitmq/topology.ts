import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { wordsOf } from '../kit/failures.ts'
import { ManagedExchange } from './exchange.ts'
import { noSuch, REPLY } from './failures.ts'
import type { EnsureCause, Ensured, ManagedDestination, TopologyParts } from './managed-destination.ts'
import { ManagedQueue } from './queue.ts'
import { deadLettersOf } from './queue-arguments.ts'

/**
 * The destinations that this driver keeps declared. They are checked again after any loss; one that was gone is declared
 * anew and reported, because what waited in it is gone too. One operation on a destination runs at a time: of several
 * consumers that come back, one declares and the others find.
 */
export class Topology {
  readonly #parts: TopologyParts
  readonly #managed = new Map<string, ManagedDestination>()
  readonly #mutex = createMutex()

  constructor(parts: TopologyParts) {
    this.#parts = parts
  }

  /** Undefined for one that was not declared here. */
  of(address: string): ManagedDestination | undefined {
    return this.#managed.get(address)
  }

  declare(spec: DestinationSpec): Promise<Declared> {
    return this.#mutex(spec.address, async () => {
      const before = this.of(spec.address)
      const destination = before?.spec.mode === spec.mode ? before : createManaged(this.#parts, spec)
      const declared = await destination.declare(spec)
      this.#managed.set(spec.address, destination)
      return declared
    })
  }

  remove(address: string, keep: boolean): Promise<void> {
    return this.#mutex(address, async () => {
      const destination = this.of(address)
      this.#managed.delete(address)
      await destination?.remove(keep)
    })
  }

  /** Declares it anew when it is gone. Throws AppError `broker-refused` for a missing one that was not declared here. */
  ensure(address: string, mode: Mode, cause: EnsureCause): Promise<Ensured> {
    const { control } = this.#parts
    return this.#mutex(address, async () => {
      const destination = this.of(address)
      if (destination) return destination.ensure(cause)
      if (mode === 'fanout' && !(await control.exchangeExists(address))) throw noSuch('exchange', address)
      if (mode !== 'fanout' && !(await control.queueExists(address))) throw noSuch('queue', address)
      return { generation: null, type: null }
    })
  }

  /** The same for the queue of its dead letters. */
  ensureDeadLetters(address: string): Promise<Ensured> {
    const { control } = this.#parts
    return this.#mutex(address, async () => {
      const sideQueue = this.of(address)?.sideQueue
      if (sideQueue) await sideQueue.ensure()
      else if (!(await control.queueExists(deadLettersOf(address)))) throw noDeadLetters(address)
      return { generation: sideQueue?.generation ?? null, type: 'classic' }
    })
  }

  /** The same for all of them, after the connection was lost at `lostAt`; what the broker refuses is reported. */
  async ensureAll(lostAt: number): Promise<void> {
    for (const destination of this.#managed.values()) {
      await this.#ensureOrReport(destination, { cause: 'connection-lost', lostAt })
    }
  }

  /** The same for all exchanges, after a publish did not find one. Never throws. */
  async ensureExchanges(): Promise<void> {
    for (const destination of this.#managed.values()) {
      if (!destination.isExchange) continue
      try {
        await this.#ensureOrReport(destination, { cause: 'deleted' })
      } catch (error) {
        // The next reading of its facts, or the next connection, tries again.
        const details = {
          code: 'exchange-not-ensured',
          exchange: destination.spec.address,
          reason: wordsOf(error),
        }
        this.#parts.log.debug(details, 'an exchange was not declared anew yet')
      }
    }
  }

  async #ensureOrReport(destination: ManagedDestination, cause: EnsureCause): Promise<void> {
    const { address } = destination.spec
    try {
      await this.#mutex(address, () => destination.ensure(cause))
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

/** Runs one operation on a name at a time. */
function createMutex() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(name)
    const mine = before ? before.then(work, work) : work()
    last.set(name, mine)
    try {
      return await mine
    } finally {
      if (last.get(name) === mine) last.delete(name)
    }
  }
}
