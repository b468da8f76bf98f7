import type { LedgerState } from './ledger-state.ts'
import type { Lane, Life, Message, Pane } from './state.ts'
import { hasHad } from './tally.ts'
import type { Bucket, Came } from './tally-state.ts'
import type { ContentView } from './views.ts'

/** The books of one lane, as `tally.ts` defines them. `sent` = `seen + waiting + lost + moved + unknown`. */
export interface LaneTally {
  sent: number
  seen: number
  waiting: number
  lost: number
  moved: number
  unknown: number
  refused: number
  outside: number
  duplicates: number
  late: number
}

/** The books of one consumer. `unique + duplicates + unknown` = its arrivals since the epoch began; `late` ones are unique. */
export interface PaneTally {
  unique: number
  duplicates: number
  late: number
  unknown: number
  /** Passed without it, and kept nowhere; null where the system keeps what is sent to absent consumers. */
  missed: number | null
}

export function laneTally({ book }: Lane): LaneTally {
  const { seen, waiting, lost, moved, unknown, refused, outside, duplicates, late } = book
  const sent = seen + waiting + lost + moved + unknown
  return { sent, seen, waiting, lost, moved, unknown, refused, outside, duplicates, late }
}

/** What passed without it, up to now while it is away, else up to its last return. */
function missedOf({ book, lane }: Pane): number {
  if (book.from === null) return 0
  return book.away ? lane.book.passed - book.from - book.had : book.missed
}

export function paneTally(pane: Pane, keeps: boolean): PaneTally {
  const { first, late, again, unknown } = pane.book
  return { unique: first + late, duplicates: again, late, unknown, missed: keeps ? null : missedOf(pane) }
}

export type LaneFigure = 'sent' | Bucket | 'duplicates' | 'late'
export type PaneFigure = 'unique' | 'duplicates' | 'late' | 'unknown' | 'missed'

/** The messages behind a number, newest first, as far as they are still held. */
export interface Behind {
  messages: readonly ContentView[]
  /** There are more than a list is worth. */
  more: boolean
}

/** Entries in one list: more than anybody reads. */
const BEHIND_MAX = 200

const SENT: ReadonlySet<Bucket | null> = new Set<Bucket>(['seen', 'waiting', 'lost', 'moved', 'unknown'])

function* newestFirst(state: LedgerState): Generator<Message> {
  for (let index = state.age.length - 1; index >= state.oldest; index -= 1) {
    const message = state.age[index]
    if (message?.held) yield message
  }
}

function lifeIn(message: Message, lane: Lane): Life | null {
  for (let life = message.firstLife; life; life = life.sibling) if (life.lane === lane) return life
  return null
}

function collect(found: Iterable<Message>): Behind {
  const messages: ContentView[] = []
  for (const message of found) {
    if (messages.length === BEHIND_MAX) return { messages, more: true }
    messages.push(message.content)
  }
  return { messages, more: false }
}

function* where(state: LedgerState, lane: Lane, holds: (life: Life) => boolean): Generator<Message> {
  for (const message of newestFirst(state)) {
    const life = lifeIn(message, lane)
    if (life && life.book === lane.book && holds(life)) yield message
  }
}

const hasArrival = (life: Life, came: Came): boolean => {
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.came === came) return true
  }
  return false
}

/** More than one arrival for one audience: there are more arrivals than audiences. */
const isDuplicated = (life: Life): boolean => {
  const audiences = new Set<string>()
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.dead) continue
    const audience =
      life.lane.destination?.mode === 'queue' ? '' : (arrival.group ?? ` ${arrival.pane.consumer.name}`)
    if (audiences.has(audience)) return true
    audiences.add(audience)
  }
  return life.earlier > 0
}

export function behindLane(state: LedgerState, lane: Lane, figure: LaneFigure): Behind {
  const holds = (life: Life): boolean => {
    if (figure === 'sent') return SENT.has(life.bucket)
    if (figure === 'late') return hasArrival(life, 'late')
    if (figure === 'duplicates') return isDuplicated(life)
    return life.bucket === figure
  }
  return collect(where(state, lane, holds))
}

const CAME: Record<Exclude<PaneFigure, 'missed'>, readonly Came[]> = {
  unique: ['first', 'late'],
  duplicates: ['again'],
  late: ['late'],
  unknown: ['unknown'],
}

function* arrivedHow(pane: Pane, how: readonly Came[]): Generator<Message> {
  const { slots, start } = pane.rows
  const told = new Set<Message>()
  for (let index = slots.length - 1; index >= start; index -= 1) {
    const slot = slots[index]
    if (!slot || !('life' in slot) || !how.includes(slot.came) || told.has(slot.life.message)) continue
    told.add(slot.life.message)
    yield slot.life.message
  }
}

export function behindPane(state: LedgerState, pane: Pane, figure: PaneFigure): Behind {
  if (figure !== 'missed') return collect(arrivedHow(pane, CAME[figure]))
  const { book } = pane
  const missed = (life: Life): boolean =>
    life.pass > (book.from ?? 0) && (book.away || life.pass <= book.returnedAt) && !hasHad(life, pane)
  return collect(where(state, pane.lane, missed))
}
