import type { Declared, DestinationSpec } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Connection } from './connection.ts'
import type { DriverParts } from './consume.ts'
import type { Destination } from './destination.ts'
import { createListQueue } from './list-queue.ts'
import { createLogStream } from './log-stream.ts'
import { fanoutMode } from './manifest-fanout.ts'
import { queueDestinationSettings } from './manifest-queue.ts'
import { parsed } from './settings.ts'
import { createStreamQueue } from './stream-queue.ts'

/**
 * The declared destinations that Redis keeps, by address. Channels are not among them: a channel exists while somebody
 * listens to it.
 */
export interface Topology {
  /** Undefined for a channel, and for what nobody declared. */
  get(address: string): Destination | undefined
  /** Throws AppError `invalid`, `broker-refused`; nothing is changed then. */
  declare(connection: Connection, spec: DestinationSpec): Promise<Declared>
  /** Throws AppError `not-capable`, `broker-refused`; nothing is changed then. */
  alter(connection: Connection, spec: DestinationSpec): Promise<Declared>
  /** Forgets it, and deletes it from Redis when it was owned, unless `keep`. */
  remove(connection: () => Connection, address: string, keep: boolean): Promise<void>
}

export function createTopology(parts: DriverParts): Topology {
  const destinations = new Map<string, Destination>()
  return {
    get: (address) => destinations.get(address),
    declare: async (connection, spec) => {
      const kind = kindOf(spec)
      if (kind === null) return { traits: ['keeps nothing'], existed: false }
      const known = destinations.get(spec.address)
      const destination = known?.kind === kind ? known : create(parts, kind, spec)
      const declared = await destination.declare(connection, spec)
      destinations.set(spec.address, destination)
      return declared
    },
    alter: async (connection, spec) => {
      const destination = destinations.get(spec.address)
      if (!destination) throw new AppError('not-capable', fanoutMode.lacks.alter ?? '')
      return destination.alter(connection, spec)
    },
    remove: async (connection, address, keep) => {
      await destinations.get(address)?.remove(connection(), keep)
      destinations.delete(address)
    },
  }
}

/** Null for a channel. */
function kindOf({ mode, settings }: DestinationSpec): Destination['kind'] | null {
  switch (mode) {
    case 'queue':
      return parsed(queueDestinationSettings, settings).kind
    case 'log':
      return 'log'
    case 'fanout':
      return null
    default:
      return unreachable(mode)
  }
}

function create(
  parts: DriverParts,
  kind: Destination['kind'],
  { address, settings }: DestinationSpec,
): Destination {
  switch (kind) {
    case 'stream':
      return createStreamQueue(parts, address, settings)
    case 'list':
      return createListQueue(parts, address)
    case 'log':
      return createLogStream(parts, address, settings)
    default:
      return unreachable(kind)
  }
}
