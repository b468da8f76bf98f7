import type { EventOf } from '#lib/protocol/events.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { emptiedAt } from './emptied.ts'
import { hasMark, NO_MARKS, withMark } from './marks.ts'
import { noteHad, notePass } from './passed.ts'
import { receiptAt } from './receipts.ts'
import type { Lane, Life, Pane } from './state.ts'
import type { Bucket, Came } from './tally-state.ts'

/**
 * Keeps the books that the ledger strip shows, event by event, at a constant cost each.
 *
 * A lane's messages. `sent`: ours that the broker took or may have taken; each of them is exactly one of
 *   `seen`     one of our consumers had it at least once;
 *   `waiting`  the broker has it, and nobody of ours has had it yet;
 *   `lost`     nobody will get it: it passed while nobody listened, expired or was trimmed before anybody had it, or
 *              waited in a queue that a restart of its broker took away;
 *   `moved`    dead-lettered before anybody had it: it waits elsewhere;
 *   `unknown`  what became of it is not known: no receipt came and no copy either, it left its queue unseen, events are
 *              missing, only programs outside heard it, or it is older than what is held here.
 * `refused` ones (returned ones too) never got in and are not `sent`; `outside` ones were written by other programs.
 * `duplicates`: arrivals beyond the one that each audience is due. A queue is one audience, so is a group, and so is
 * each consumer of a fan-out or of a log without groups. Readers of dead letters are none.
 *
 * A consumer's arrivals. Each is exactly one of `first`, `late`, `again` and `unknown` (`tally-state.ts`). Order is that
 * of the numbers which the room gave at acceptance, within a partition where there are any; an outside message is
 * numbered when it is first seen, so its number says nothing of order and is not judged.
 *
 * `missed`: where nothing is kept, what passed since the consumer first joined and never came to it, counted while it
 * is away and at its return. A message that a key or pattern may have kept from it is not held against it.
 */
const isLossy = ({ modeManifest }: Lane): boolean => modeManifest?.can.keepsForAbsent === false

const isLive = (pane: Pane): boolean => pane.listed && pane.book.from !== null && !pane.book.away

function someoneListens(lane: Lane): boolean {
  for (const pane of lane.order) if (isLive(pane)) return true
  return false
}

/** Whether this consumer had the message at all. */
export const hasHad = (life: Life, pane: Pane): boolean => hasMark(life.hadBy, pane.index)

const isSeen = (life: Life): boolean => life.audiences !== NO_MARKS

/** Who is due one copy: the queue as a whole, a group, or the consumer alone. Odd numbers are groups, even ones panes. */
function audienceOf(pane: Pane, group: string | undefined): number {
  const { lane } = pane
  if (lane.destination?.mode === 'queue') return 0
  if (group === undefined) return 2 + 2 * pane.index
  const known = lane.audiences.get(group)
  if (known !== undefined) return known
  const index = 1 + 2 * lane.audiences.size
  lane.audiences.set(group, index)
  return index
}

/** A life begins anew in the books of a new epoch. */
function enter(life: Life): void {
  const { book } = life.lane
  if (life.book === book) return
  life.book = book
  life.bucket = null
  life.fate = null
  life.pass = 0
}

function bucketOf(life: Life): Bucket | null {
  const { content } = life.message
  if (content.number === null) return null
  if (isSeen(life)) return content.outside ? 'outside' : 'seen'
  if (content.outside) return null
  if (life.ended) return life.ended.how === 'dead-lettered' ? 'moved' : 'lost'
  if (life.told === null) return null
  const { kind } = life.told
  switch (kind) {
    case 'published':
      return life.fate ?? 'waiting'
    case 'unheard':
      return 'lost'
    case 'uncertain':
      return 'unknown'
    case 'refused':
    case 'returned':
      return 'refused'
    default:
      return unreachable(kind)
  }
}

/** Puts the life where it counts now. */
export function rebucket(life: Life): void {
  enter(life)
  const next = bucketOf(life)
  const before = life.bucket
  if (next === before) return
  const { book, waiting } = life.lane
  if (before !== null) book[before] -= 1
  if (before === 'waiting') waiting.delete(life)
  if (next !== null) book[next] += 1
  if (next === 'waiting') waiting.add(life)
  life.bucket = next
}

function decide(lane: Lane, fate: 'lost' | 'unknown', concerns: (life: Life) => boolean): void {
  for (const life of lane.waiting) {
    if (!concerns(life)) continue
    life.fate = fate
    rebucket(life)
  }
}

/** The sender was told. */
export function tallyReceipt(life: Life): void {
  enter(life)
  const kind = life.told?.kind
  if (kind === 'published' || kind === 'unheard') notePass(life)
  if (kind === 'published' && isLossy(life.lane) && !someoneListens(life.lane)) {
    life.fate = 'unknown'
  }
  rebucket(life)
}

function isLate(pane: Pane, number: number, address: EventOf<'delivered'>['address']): boolean {
  const { book } = pane
  if (address.kind !== 'offset') {
    const late = number < book.highest
    if (!late) book.highest = number
    return late
  }
  book.highestIn ??= new Map()
  const highest = book.highestIn.get(address.partition) ?? 0
  if (number < highest) return true
  book.highestIn.set(address.partition, number)
  return false
}

/** One arrival, before it is kept: says how it came. */
export function tallyArrival(life: Life, pane: Pane, event: EventOf<'delivered'>): Came {
  enter(life)
  const { book } = life.lane
  const { number, outside } = life.message.content
  const again = hasHad(life, pane)
  life.hadBy = withMark(life.hadBy, pane.index)
  notePass(life)
  if (!again) noteHad(life, pane)
  if (pane.consumer.role !== 'dead-letters') {
    const audience = audienceOf(pane, event.group ?? pane.consumer.group)
    if (hasMark(life.audiences, audience)) book.duplicates += 1
    else life.audiences = withMark(life.audiences, audience)
    rebucket(life)
  }
  const came = again
    ? 'again'
    : number === null
      ? 'unknown'
      : !outside && isLate(pane, number, event.address)
        ? 'late'
        : 'first'
  pane.book[came] += 1
  if (came === 'late') book.late += 1
  return came
}

/** A consumer came or went. */
export function tallyPresence(pane: Pane, now: Consumer): void {
  const { book, lane } = pane
  const here = now.state === 'attached' || now.state === 'paused'
  if (book.from === null) {
    if (here || now.since !== undefined) book.from = lane.book.passed
  } else if (here && book.away) {
    book.returnedAt = lane.book.passed
    book.missed = lane.book.passed - book.from - book.had
  }
  book.away = !here
  if (!here && isLossy(lane) && !someoneListens(lane)) decide(lane, 'unknown', () => true)
}

/** A queue that is empty has nothing waiting: it left unseen. */
export function tallyFacts(lane: Lane): void {
  const emptied = emptiedAt(lane)
  if (emptied === null || isLossy(lane)) return
  decide(lane, 'unknown', (life) => receiptAt(life) < emptied)
}

/** The broker came back without what it kept in memory before `before`. */
export function tallyRestart(lane: Lane, before: number): void {
  if (!isLossy(lane)) decide(lane, 'lost', (life) => receiptAt(life) <= before)
}

/** Events are missing: what became of those that waited was not seen. */
export function tallyGap(lane: Lane): void {
  decide(lane, 'unknown', () => true)
}

/** The message is let go of, so that its end will not be recognised. */
export function loseSight(life: Life): void {
  if (life.bucket !== 'waiting' || life.book !== life.lane.book) return
  life.fate = 'unknown'
  rebucket(life)
}
