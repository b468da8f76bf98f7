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
import type { Connection } from './connection.ts'
import { failures } from './failures.ts'

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
