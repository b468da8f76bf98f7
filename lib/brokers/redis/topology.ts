import type {
  AttachedConsumer,
  ConsumerEvent,
  ConsumerSpec,
  Declared,
  DestinationSpec,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Connection } from './connection.ts'
import { failures } from './failures.ts'
import { fanoutMode } from './manifest.ts'
import { parsed, queueDestinationSettings } from './settings.ts'

/** One destination that Redis keeps under a key: a stream or a list. Its commands run on the driver's connections. */
export interface Destination {
  /** A destination that is declared again as another kind is made anew. */
  readonly kind: 'stream' | 'list' | 'log'
  /** Throws AppError `broker-refused`; nothing is changed then. */
  declare(connection: Connection, spec: DestinationSpec): Promise<Declared>
  /** Throws AppError `not-capable`, `broker-refused`; nothing is changed then. */
  alter(connection: Connection, spec: DestinationSpec): Promise<Declared>
  remove(connection: Connection, keep: boolean): Promise<void>
  publish(connection: Connection, message: OutgoingMessage): Promise<Receipt>
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer>
  facts(connection: Connection): Promise<Facts>
}

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

export function createTopology(
  create: (kind: Destination['kind'], spec: DestinationSpec) => Destination,
): Topology {
  const destinations = new Map<string, Destination>()
  return {
    get: (address) => destinations.get(address),
    declare: async (connection, spec) => {
      const kind = kindOf(spec)
      if (kind === null) return { traits: ['keeps nothing'], existed: false }
      const known = destinations.get(spec.address)
      const destination = known?.kind === kind ? known : create(kind, spec)
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

/**
 * Makes sure that each of `keys` is free or holds a value of `type`. Returns which of them exist. Throws AppError
 * `broker-refused` in plain words where a key holds something else, which is left as it is.
 */
export async function mustHold(
  { redis }: Connection,
  keys: readonly string[],
  type: 'stream' | 'list',
): Promise<Set<string>> {
  const types = await Promise.all(keys.map((key) => redis.type(key))).catch((error: unknown) => {
    throw failures.toAppError(error)
  })
  const existing = new Set<string>()
  keys.forEach((key, index) => {
    const found = types[index] ?? 'none'
    if (found === 'none') return
    if (found !== type) {
      const reason = `the key "${key}" holds a ${found} on this Redis, and so cannot be a ${type}`
      throw new AppError('broker-refused', `Redis refused: ${reason}`, { detail: { reason } })
    }
    existing.add(key)
  })
  return existing
}

/** Shortens a stream to `maxLength` entries at once; 0 leaves it as it is. Throws AppError. */
export async function trim({ redis }: Connection, stream: string, maxLength: number): Promise<void> {
  if (maxLength === 0) return
  await redis.call('XTRIM', stream, 'MAXLEN', '=', String(maxLength)).catch((error: unknown) => {
    throw failures.toAppError(error)
  })
}

export const lengthTrait = (maxLength: number): string =>
  maxLength > 0 ? `MAXLEN ${maxLength}` : 'keeps all'
