import type { Facts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { DestinationRecord, Life } from '../model/records.ts'
import { arrivalsOf } from '../store/messages.ts'

/** Where a message lies in a partitioned log. */
export interface LogPosition {
  partition: number
  offset: number
}

/** From its receipt or from any arrival; null while neither says. */
export function logPositionOf(life: Life): LogPosition | null {
  const received = life.receipt?.kind === 'published' ? life.receipt.address : null
  const address =
    received?.kind === 'offset'
      ? received
      : arrivalsOf(life).find(({ event }) => event.address.kind === 'offset')?.event.address
  return address?.kind === 'offset' ? { partition: address.partition, offset: Number(address.offset) } : null
}

/**
 * Whether a group has yet to read a message (`unread`) or reads on from beyond it (`beyond`), by the offset that the
 * broker holds for it; null where that is not known.
 *
 * A committed offset beyond a message proves `beyond` however old the facts are: nobody commits what is not written yet.
 * And our reader's delivery is learned before its commit, so what is in flight is never called beyond. The offset does not
 * say who read it, if anybody: the group may have begun beyond it, been moved, or have members outside.
 */
export function groupProgress(
  destination: DestinationRecord,
  life: Life,
  group: string | null,
): 'unread' | 'beyond' | null {
  const position = logPositionOf(life)
  const committed =
    position && destination.facts && committedIn(destination.facts.facts, group, position.partition)
  if (position === null || committed === null) return null
  return committed > position.offset ? 'beyond' : 'unread'
}

/**
 * Whether a reader without a group, whose position only it keeps, reads on from beyond the message: it was moved there.
 * The message's own index comes from some other reader's arrival.
 */
export function readerIsBeyond({ facts }: DestinationRecord, life: Life, { name, group }: Consumer): boolean {
  const index = group === undefined ? entryIndexOf(life) : null
  if (index === null || facts?.facts.mode !== 'log') return false
  const position = facts.facts.readers.find((reader) => reader.consumer === name)?.position ?? null
  return position !== null && Number(position) > index
}

/** The index of its entry in the log: as its readers count it, or the entry's id where that is a number. */
function entryIndexOf(life: Life): number | null {
  for (const { event } of arrivalsOf(life)) {
    if (event.address.kind !== 'entry') continue
    const index = event.address.index ?? Number(event.address.id)
    if (Number.isSafeInteger(index)) return index
  }
  return null
}

/** A queue made of a partitioned log has one group, whatever its name. */
function committedIn(facts: Facts, group: string | null, partition: number): number | null {
  if (facts.mode === 'fanout') return null
  const positions =
    facts.mode === 'queue'
      ? facts.partitions.map((one) => ({ partition: one.partition, offset: one.committed }))
      : facts.groups.find((one) => one.group === group)?.committed
  const offset = positions?.find((one) => one.partition === partition)?.offset ?? null
  return offset === null ? null : Number(offset)
}
