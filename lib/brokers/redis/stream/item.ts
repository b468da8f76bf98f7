import type { Arrival } from '../worker-line.ts'
import { type Entry, readFields } from './entry.ts'

/** An entry in a worker's hand. */
export interface Item {
  readonly id: string
  readonly identity: string
  readonly messageId: string | null
  readonly attempt: number
  /** As they came: a dead letter takes all of them along. */
  readonly fields: readonly Buffer[]
}

/** The keys an entry may be read from: a destination's own stream, or its dead letters. */
interface Source {
  address: string
  stream: string
}

/** An entry is the same message under the same name at every reader, and also once it lies among the dead letters. */
const identityOf = (stream: string, id: string): string => `redis:${stream}:${id}`

/** Null for an entry that was deleted while it was pending. `index`: how many were appended before it, if known. */
export function arrivalOf(
  { id, fields }: Entry,
  { address, stream }: Source,
  attempt: number,
  index: number | null = null,
): Arrival<Item> | null {
  if (fields === null) return null
  const { deadId, death, ...told } = readFields(fields)
  const isDead = stream !== address
  const identity = isDead && deadId !== undefined ? identityOf(address, deadId) : identityOf(stream, id)
  return {
    item: { id, identity, messageId: told.messageId, attempt, fields },
    told: {
      identity,
      ...told,
      ...(isDead && death ? { death } : undefined),
      attempt,
      redelivered: attempt > 1,
      address: { kind: 'entry', stream, id, ...(index === null ? undefined : { index }) },
    },
  }
}
