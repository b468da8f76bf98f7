import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { exchangeExists, ManagedExchange, noSuchExchange } from './exchange.ts'
import type { EnsureCause, Ensured, ManagedDestination, TopologyParts } from './managed-destination.ts'
import { ManagedQueue } from './managed-queue.ts'
import { noSuchQueue, queueExists } from './queue.ts'
import { deadLettersOf, queueDeclaration, streamDeclaration } from './queue-arguments.ts'
import { parsed, queueSettings, streamSettings } from './settings.ts'

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
      if (mode === 'fanout' && !(await exchangeExists(control, address))) throw noSuchExchange(address)
      if (mode !== 'fanout' && !(await queueExists(control, address))) throw noSuchQueue(address)
      return { generation: null, queueType: null }
    })
  }

  /** The same for the queue of its dead letters. */
  ensureDeadLetters(address: string): Promise<Ensured> {
    const { control } = this.#parts
    return this.#mutex(address, async () => {
      const sideQueue = this.of(address)?.sideQueue
      if (sideQueue) await sideQueue.ensure()
      else if (!(await queueExists(control, deadLettersOf(address)))) throw noDeadLetters(address)
      return { generation: sideQueue?.generation ?? null, queueType: 'classic' }
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
      // The next reading of its facts, or the next connection, tries again.
      await this.#ensureOrReport(destination, { cause: 'deleted' }).catch((error: unknown) =>
        this.#parts.report.notEnsured(destination.spec.address, error),
      )
    }
  }

  async #ensureOrReport(destination: ManagedDestination, cause: EnsureCause): Promise<void> {
    const { address } = destination.spec
    try {
      await this.#mutex(address, () => destination.ensure(cause))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
      this.#parts.report.refused(address, error)
    }
  }
}

/** Throws AppError `invalid` for settings that a destination of its mode can't have. */
function createManaged(parts: TopologyParts, spec: DestinationSpec): ManagedDestination {
  switch (spec.mode) {
    case 'queue':
      return new ManagedQueue(parts, spec, ({ address, settings }) =>
        queueDeclaration(address, parsed(queueSettings, settings, 'queue')),
      )
    case 'fanout':
      return new ManagedExchange(parts, spec)
    case 'log':
      return new ManagedQueue(parts, spec, ({ settings }) =>
        streamDeclaration(parsed(streamSettings, settings, 'stream')),
      )
    default:
      return unreachable(spec.mode)
  }
}

const noDeadLetters = (address: string): AppError => {
  const { detail } = noSuchQueue(deadLettersOf(address))
  const reason = `"${address}" keeps no dead letters: there is no queue "${deadLettersOf(address)}"`
  return new AppError('broker-refused', `RabbitMQ refused: ${reason}`, { detail: { ...detail, reason } })
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
