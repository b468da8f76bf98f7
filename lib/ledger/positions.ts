import type { Facts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { arrivalsOf } from './lives.ts'
import type { Lane, Life } from './state.ts'

/** Where a message lies in a log of partitions. */
export interface LogPlace {
  partition: number
  offset: number
}

/** From its receipt or from any arrival; null while neither has told. */
export function logPlaceOf(life: Life): LogPlace | null {
  const received = life.told?.kind === 'published' ? life.told.address : null
  const address =
    received?.kind === 'offset'
      ? received
      : arrivalsOf(life).find(({ event }) => event.address.kind === 'offset')?.event.address
  return address?.kind === 'offset' ? { partition: address.partition, offset: Number(address.offset) } : null
}

/**
 * Whether a group will still read a message (`ahead` of it) or reads on from beyond it (`past`), by the offset that the
 * broker holds for it; null where that is not known.
 *
 * A position beyond a message says so by itself, however old the answer is: nobody commits what was not written yet. And a
 * reader of ours is heard of before it commits, so that what is in flight is never called past. Who read it, if anybody, a
 * position does not say: the group may have begun beyond it, been moved, or have members outside.
 */
export function outlookOf(lane: Lane, life: Life, group: string | null): 'ahead' | 'past' | null {
  const place = logPlaceOf(life)
  const committed = place && lane.facts && committedIn(lane.facts.facts, group, place.partition)
  if (place === null || committed === null) return null
  return committed > place.offset ? 'past' : 'ahead'
}

/**
 * Whether a reader of entries, whose place nobody but itself keeps, reads on from beyond the message: it was moved there.
 * Where the message lies, some other reader must have told.
 */
export function readsBeyond({ facts }: Lane, life: Life, { name, group }: Consumer): boolean {
  const index = group === undefined ? entryIndexOf(life) : null
  if (index === null || facts?.facts.mode !== 'log') return false
  const position = facts.facts.readers.find((reader) => reader.consumer === name)?.position ?? null
  return position !== null && Number(position) > index
}

/** How many entries lie before it, as its readers count: by their own count, or where the entry's name is one. */
function entryIndexOf(life: Life): number | null {
  for (const { event } of arrivalsOf(life)) {
    if (event.address.kind !== 'entry') continue
    const index = event.address.index ?? Number(event.address.id)
    if (Number.isSafeInteger(index)) return index
  }
  return null
}

/** A queue that is shares of a log has one group, whatever its name. */
function committedIn(facts: Facts, group: string | null, partition: number): number | null {
  if (facts.mode === 'fanout') return null
  const positions =
    facts.mode === 'queue'
      ? facts.partitions.map((one) => ({ partition: one.partition, offset: one.committed }))
      : facts.groups.find((one) => one.group === group)?.committed
  const offset = positions?.find((one) => one.partition === partition)?.offset ?? null
  return offset === null ? null : Number(offset)
}
