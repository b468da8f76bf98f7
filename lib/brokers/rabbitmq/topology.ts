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
 * anew and reported, because what waited in it is gone too.
 */
export interface Topology {
  declare(spec: DestinationSpec): Promise<Declared>
  remove(address: string, options?: { keep?: boolean }): Promise<void>
  /** Declares it anew when it is gone. Throws AppError `broker-refused` for a missing one that was not declared here. */
  ensure(address: string, mode: Mode, cause: EnsureCause): Promise<Ensured>
  /** The same for the queue of its dead letters. */
  ensureDeadLetters(address: string): Promise<Ensured>
  /** The same for all of them, after the connection was lost at `lostAt`; what the broker refuses is reported. */
  ensureAll(lostAt: number): Promise<void>
  /** The same for all exchanges, after a publish did not find one. Never throws. */
  ensureExchanges(): Promise<void>
  /** Undefined for one that was not declared here. */
  of(address: string): ManagedDestination | undefined
}

export function createTopology(parts: TopologyParts): Topology {
  const { control, report } = parts
  const managed = new Map<string, ManagedDestination>()
  const exclusively = createMutex()

  const declare = async (spec: DestinationSpec): Promise<Declared> => {
    const before = managed.get(spec.address)
    const destination = before?.spec.mode === spec.mode ? before : createManaged(parts, spec)
    const declared = await destination.declare(spec)
    managed.set(spec.address, destination)
    return declared
  }
  const ensure = async (address: string, mode: Mode, cause: EnsureCause): Promise<Ensured> => {
    const destination = managed.get(address)
    if (destination) return destination.ensure(cause)
    const isExchange = mode === 'fanout'
    const isThere = isExchange ? await exchangeExists(control, address) : await queueExists(control, address)
    if (!isThere) throw isExchange ? noSuchExchange(address) : noSuchQueue(address)
    return { generation: null, queueType: null }
  }
  const ensureOrReport = async (destination: ManagedDestination, cause: EnsureCause): Promise<void> => {
    const { address } = destination.spec
    try {
      await exclusively(address, () => destination.ensure(cause))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
      report.refused(address, error)
    }
  }
  const ensureDeadLetters = async (address: string): Promise<Ensured> => {
    const sideQueue = managed.get(address)?.sideQueue
    if (sideQueue) await sideQueue.ensure()
    else if (!(await queueExists(control, deadLettersOf(address)))) throw noDeadLetters(address)
    return { generation: sideQueue?.generation ?? null, queueType: 'classic' }
  }
  return {
    declare: (spec) => exclusively(spec.address, () => declare(spec)),
    ensure: (address, mode, cause) => exclusively(address, () => ensure(address, mode, cause)),
    ensureDeadLetters: (address) => exclusively(address, () => ensureDeadLetters(address)),
    ensureAll: async (lostAt) => {
      for (const destination of managed.values()) {
        await ensureOrReport(destination, { cause: 'connection-lost', lostAt })
      }
    },
    ensureExchanges: async () => {
      for (const destination of managed.values()) {
        if (!destination.isExchange) continue
        // The next reading of its facts, or the next connection, tries again.
        await ensureOrReport(destination, { cause: 'deleted' }).catch((error: unknown) =>
          report.notEnsured(destination.spec.address, error),
        )
      }
    },
    remove: (address, { keep = false } = {}) =>
      exclusively(address, async () => {
        const destination = managed.get(address)
        managed.delete(address)
        await destination?.remove(keep)
      }),
    of: (address) => managed.get(address),
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

/** One operation on a name at a time: of several consumers that come back, one declares and the others find. */
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
