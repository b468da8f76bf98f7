import type { EventOf } from '#lib/protocol/events.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { hasIndex, NO_INDEXES, withIndex } from '#lib/util/index-set.ts'
import type { ArrivalKind, DestinationTally, PaneTally } from '../model/counters.ts'
import { receiptAt } from '../model/receipts.ts'
import type { DestinationRecord, Life, Pane } from '../model/records.ts'
import { audienceOf, enterTally, hasReceived, isSeen, rebucket } from './buckets.ts'
import { countPassed, countReceived } from './missed-count.ts'
import { queueDrainedAt } from './queue-drained.ts'
import { endReleasedWaits, endReleasedWaitsUpTo, remember } from './released-messages.ts'

/**
 * Keeps the counts that the ledger strips show, event by event, at a constant cost each.
 *
 * A destination's messages. `sent`: ours that the broker took or may have taken; each of them is exactly one of
 *   `seen`     at least one of our consumers received it;
 *   `waiting`  the broker has it, and none of our consumers has received it yet; where nothing is kept, one of them that was there
 *              when it was written has been there ever since;
 *   `lost`     nobody will get it: it passed while nobody listened, expired or was trimmed before anybody received it,
 *              or waited in a queue that a restart of its broker removed;
 *   `moved`    dead-lettered before anybody received it: it waits elsewhere;
 *   `unknown`  what became of it is not known: neither a receipt nor a copy came, it left its queue unseen, events are
 *              missing that nobody counted, or only programs outside heard it.
 * `refused` ones (returned ones too) never got in and are not `sent`; `outside` ones were written by other programs.
 * `unreadable`: records of other programs that could not be read. An entry that stands for a whole batch counts once among
 * the outside ones, and here as often as the batch says that it has records.
 * `duplicates`: arrivals beyond the one that each audience is due. A queue is one audience, so is a group, and so is
 * each consumer of a fan-out or of a log without groups. Readers of dead letters are not an audience.
 *
 * A consumer's arrivals. Each is exactly one of `ArrivalKind`. Order is that of the numbers which the room gave at
 * acceptance, within a partition where there are any; an outside message is numbered when it is first seen, so its
 * number says nothing of order and is not judged.
 *
 * `missed`: where nothing is kept, what passed since the consumer first joined and never reached it, counted while it
 * is away and at its return. A message that a key or pattern may have kept from it does not count.
 */

export const isLossy = ({ modeManifest }: DestinationRecord): boolean =>
  modeManifest?.can.keepsForAbsent === false

const isPresent = (pane: Pane): boolean => pane.listed && pane.tally.passedAtJoin !== null && !pane.tally.away

function someoneListens(destination: DestinationRecord): boolean {
  for (const pane of destination.order) if (isPresent(pane)) return true
  return false
}

/** Ends the wait of the held messages that `concerns` is true of. */
function endWaits(
  destination: DestinationRecord,
  outcome: 'lost' | 'unknown',
  concerns: (life: Life) => boolean,
): void {
  for (const life of destination.waiting) {
    if (!concerns(life)) continue
    life.waitEnded = outcome
    // What was drawn of it says that it waits.
    life.message.version += 1
    life.message.view = null
    rebucket(life)
  }
}

/** A receipt came. */
export function tallyReceipt(life: Life): void {
  enterTally(life)
  const kind = life.receipt?.kind
  life.destination.tally.receipts += 1
  life.receiptNumber = life.destination.tally.receipts
  if (kind === 'published' || kind === 'unheard') countPassed(life)
  if (kind === 'published' && isLossy(life.destination) && !someoneListens(life.destination)) {
    life.waitEnded = 'unknown'
  }
  rebucket(life)
}

function isLate(pane: Pane, number: number, address: EventOf<'delivered'>['address']): boolean {
  const { tally } = pane
  if (address.kind !== 'offset') {
    const late = number < tally.highest
    if (!late) tally.highest = number
    return late
  }
  tally.highestIn ??= new Map()
  const highest = tally.highestIn.get(address.partition) ?? 0
  if (number < highest) return true
  tally.highestIn.set(address.partition, number)
  return false
}

/** Counts one arrival, before it is kept, and returns of which kind it is. */
export function tallyArrival(life: Life, pane: Pane, event: EventOf<'delivered'>): ArrivalKind {
  enterTally(life)
  const { tally } = life.destination
  const { number, outside, unreadable } = life.message.content
  const isNew = life.receivedBy === NO_INDEXES && life.countedBefore === null
  if (unreadable !== null && isNew) tally.unreadable += unreadable.records
  const duplicate = hasReceived(life, pane)
  // It was seen before, and by whom is not known.
  const isVague = (life.countedBefore === 'seen' || life.countedBefore === 'outside') && !isSeen(life)
  life.receivedBy = withIndex(life.receivedBy, pane.index)
  countPassed(life)
  if (!duplicate) countReceived(life, pane)
  if (pane.consumer.role !== 'dead-letters') {
    const audience = audienceOf(pane, event.group ?? pane.consumer.group)
    if (hasIndex(life.audiences, audience)) tally.duplicates += 1
    else life.audiences = withIndex(life.audiences, audience)
    rebucket(life)
  }
  const kind = duplicate
    ? 'duplicate'
    : number === null || isVague
      ? 'unknown'
      : !outside && isLate(pane, number, event.address)
        ? 'late'
        : 'first'
  pane.tally[kind] += 1
  if (kind === 'late') tally.late += 1
  return kind
}

/** A consumer joined, returned or went away. */
export function tallyPresence(pane: Pane, now: Consumer): void {
  const { tally, destination } = pane
  const { passed } = destination.tally
  const here = now.state === 'attached' || now.state === 'paused'
  if (here && (tally.away || tally.passedAtJoin === null)) tally.hereSince = destination.tally.receipts
  if (tally.passedAtJoin === null) {
    if (here || now.since !== undefined) tally.passedAtJoin = passed
  } else if (here && tally.away) {
    tally.passedAtReturn = passed
    tally.missed = passed - tally.passedAtJoin - tally.received
  }
  tally.away = !here
  if (here || !isLossy(destination)) return
  if (!someoneListens(destination)) {
    endAllWaits(destination)
    return
  }
  const dueAfter = lastReceiptWithoutListener(destination)
  endWaits(destination, 'unknown', ({ receiptNumber }) => receiptNumber > 0 && receiptNumber <= dueAfter)
  endReleasedWaitsUpTo(destination, dueAfter)
}

/**
 * The number of the last receipt that came before any of the consumers who listen now was there. Whoever listened when that
 * message or an earlier one was written has been away since; a later one may still reach somebody.
 */
const lastReceiptWithoutListener = ({ order }: DestinationRecord): number =>
  Math.min(...order.filter(isPresent).map(({ tally }) => tally.hereSince))

/** A queue that is empty has nothing waiting: what waited left it unseen. */
export function tallyFacts(destination: DestinationRecord): void {
  const drained = queueDrainedAt(destination)
  if (drained === null || isLossy(destination)) return
  endWaits(destination, 'unknown', (life) => receiptAt(life) < drained)
  endReleasedWaits(destination, 'unknown', drained)
}

/** The broker restarted and lost what it held in memory before `before`. */
export function tallyRestart(destination: DestinationRecord, before: number): void {
  if (isLossy(destination)) return
  endWaits(destination, 'lost', (life) => receiptAt(life) <= before)
  // What was written at that very moment is lost too.
  endReleasedWaits(destination, 'lost', before + 1)
}

/** Events are missing: what became of those that waited was not seen. */
export function tallyGap(destination: DestinationRecord): void {
  endAllWaits(destination)
}

function endAllWaits(destination: DestinationRecord): void {
  endWaits(destination, 'unknown', () => true)
  endReleasedWaits(destination, 'unknown', Number.POSITIVE_INFINITY)
}

/** The message is let go of: it keeps counting where it counts, and is recognised by its number. */
export function tallyRelease(life: Life): void {
  if (life.tally !== life.destination.tally) return
  life.destination.waiting.delete(life)
  remember(life, receiptAt(life))
}

export const newDestinationTally = (): DestinationTally => ({
  seen: 0,
  waiting: 0,
  lost: 0,
  unknown: 0,
  moved: 0,
  refused: 0,
  outside: 0,
  duplicates: 0,
  late: 0,
  unreadable: 0,
  passed: 0,
  receipts: 0,
})

export const newPaneTally = (): PaneTally => ({
  first: 0,
  late: 0,
  duplicate: 0,
  unknown: 0,
  highest: 0,
  highestIn: null,
  passedAtJoin: null,
  received: 0,
  away: false,
  hereSince: 0,
  passedAtReturn: 0,
  missed: 0,
})
