import { manifestOf, modeAt } from '#lib/brokers/catalog.ts'
import type { Can, Draft, ModeManifest } from '#lib/brokers/contract.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { emptiedAt } from './emptied.ts'
import type { Lane, Life, Pane } from './state.ts'
import { BITS, type Bucket, type Came } from './tally-state.ts'

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
const modeOf = (lane: Lane): ModeManifest | undefined =>
  lane.destination ? modeAt(manifestOf(lane.system), lane.destination) : undefined

const isLossy = (can: Can | undefined): boolean => can !== undefined && !can.keepsForAbsent

const isLive = (pane: Pane): boolean => pane.listed && pane.book.from !== null && !pane.book.away

function someoneListens(lane: Lane): boolean {
  for (const pane of lane.order) if (isLive(pane)) return true
  return false
}

function markPane(life: Life, index: number): boolean {
  if (index < BITS) {
    const bit = 1 << index
    const had = (life.hadBy & bit) !== 0
    life.hadBy |= bit
    return had
  }
  life.hadByMore ??= new Set()
  const had = life.hadByMore.has(index)
  life.hadByMore.add(index)
  return had
}

/** Whether this consumer had the message at all. */
export const hasHad = (life: Life, pane: Pane): boolean =>
  pane.index < BITS ? (life.hadBy & (1 << pane.index)) !== 0 : (life.hadByMore?.has(pane.index) ?? false)

function markAudience(life: Life, index: number): boolean {
  if (index < BITS) {
    const bit = 1 << index
    const had = (life.audiences & bit) !== 0
    life.audiences |= bit
    return had
  }
  life.audiencesMore ??= new Set()
  const had = life.audiencesMore.has(index)
  life.audiencesMore.add(index)
  return had
}

const isSeen = (life: Life): boolean => life.audiences !== 0 || life.audiencesMore !== null

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
  const { state } = life.receipt
  switch (state) {
    case 'published':
      return life.fate ?? 'waiting'
    case 'unheard':
      return 'lost'
    case 'uncertain':
      return 'unknown'
    case 'refused':
    case 'returned':
      return 'refused'
    case 'pending':
    case 'outside':
      return null
    default:
      return unreachable(state)
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

/** Whether every consumer is due a copy, so that its absence can be told from being left out. */
function isForAll(life: Life, mode: ModeManifest): boolean {
  const { lane } = life
  const { key, headers } = life.message.content
  // Partitions share out readers, not listeners: each of these reads all of them.
  if (mode.can.key === null || mode.can.key === 'partition-key') return true
  if (!mode.preview) return mode.can.key !== 'routing-key' && !key
  if (key || headers) return reachesAll(lane, mode.preview, { key: key ?? '', headers: headers ?? {} })
  // Most messages have neither, and there are thousands a second of them: asked once until the lane changes.
  if (lane.plainForAll?.version !== lane.version) {
    const answer = reachesAll(lane, mode.preview, { key: '', headers: {} })
    lane.plainForAll = { version: lane.version, answer }
  }
  return lane.plainForAll.answer
}

/** By what they listen to, as if all of them were there. */
function reachesAll(
  lane: Lane,
  preview: NonNullable<ModeManifest['preview']>,
  said: Pick<Draft, 'key' | 'headers'>,
): boolean {
  const consumers = lane.order.map(({ consumer }) => ({ ...consumer, state: 'attached' as const }))
  const place = { settings: lane.destination?.settings ?? {}, consumers, facts: null }
  const reached = preview({ ...said, settings: {} }, place)
  return reached.kind === 'consumers' && consumers.every(({ name }) => reached.names.includes(name))
}

function notePass(life: Life): void {
  const mode = modeOf(life.lane)
  const { receipt } = life
  if (life.pass !== 0 || !mode || !isLossy(mode.can)) return
  if (receipt.state === 'published' && receipt.transaction === 'aborted') return
  if (life.message.content.number === null || !isForAll(life, mode)) return
  life.lane.book.passed += 1
  life.pass = life.lane.book.passed
}

/** The sender was told. */
export function tallyReceipt(life: Life): void {
  enter(life)
  const { state } = life.receipt
  if (state === 'published' || state === 'unheard') notePass(life)
  if (state === 'published' && isLossy(modeOf(life.lane)?.can) && !someoneListens(life.lane)) {
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

/** What passed and came after all is not missed. */
function noteHad(life: Life, pane: Pane): void {
  const { book } = pane
  book.from ??= life.pass > 0 ? life.pass - 1 : life.lane.book.passed
  if (life.pass <= book.from) return
  book.had += 1
  if (life.pass <= book.returnedAt) book.missed -= 1
}

/** One arrival, before it is kept: says how it came. */
export function tallyArrival(life: Life, pane: Pane, event: EventOf<'delivered'>): Came {
  enter(life)
  const { book } = life.lane
  const { number, outside } = life.message.content
  const again = markPane(life, pane.index)
  notePass(life)
  if (!again) noteHad(life, pane)
  if (pane.consumer.role !== 'dead-letters') {
    const known = markAudience(life, audienceOf(pane, event.group ?? pane.consumer.group))
    if (known) book.duplicates += 1
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
  if (!here && isLossy(modeOf(lane)?.can) && !someoneListens(lane)) decide(lane, 'unknown', () => true)
}

/** A queue that is empty has nothing waiting: it left unseen. */
export function tallyFacts(lane: Lane): void {
  const emptied = emptiedAt(lane)
  if (emptied === null || isLossy(modeOf(lane)?.can)) return
  decide(lane, 'unknown', (life) => life.receiptAt < emptied)
}

/** The broker came back without what it kept in memory before `before`. */
export function tallyRestart(lane: Lane, before: number): void {
  if (!isLossy(modeOf(lane)?.can)) decide(lane, 'lost', (life) => life.receiptAt <= before)
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
