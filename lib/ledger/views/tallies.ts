import { hasReceived } from '../counters/buckets.ts'
import type {
  CountedMessages,
  PaneFigure,
  PaneTallyView,
  TallyFigure,
  TallyView,
} from '../model/count-views.ts'
import type { ArrivalKind, Bucket } from '../model/counters.ts'
import type { DestinationRecord, Life, Message, Pane } from '../model/records.ts'
import type { ContentView } from '../model/views.ts'
import { keepsForAbsent } from '../store/destinations.ts'
import type { LedgerState } from '../store/state.ts'

export function tallyView({ tally }: DestinationRecord): TallyView {
  const { seen, waiting, lost, moved, unknown, refused, outside, duplicates, late, unreadable } = tally
  const sent = seen + waiting + lost + moved + unknown
  return { sent, seen, waiting, lost, moved, unknown, refused, outside, duplicates, late, unreadable }
}

/** How many passed without it, up to now while it is away, else up to its last return; null before it ever joined. */
export function missedCountOf({ tally, destination }: Pane): number | null {
  if (tally.passedAtJoin === null) return null
  return tally.away ? destination.tally.passed - tally.passedAtJoin - tally.received : tally.missed
}

export function paneTallyView(pane: Pane): PaneTallyView {
  const { first, late, duplicate, unknown } = pane.tally
  const keeps = pane.destination.declared === null || keepsForAbsent(pane.destination)
  const missed = keeps ? null : (missedCountOf(pane) ?? 0)
  return { unique: first + late, duplicates: duplicate, late, unknown, missed }
}

/** Entries in one list: more than anybody reads. */
const LISTED_MAX = 200

const SENT: ReadonlySet<Bucket | null> = new Set<Bucket>(['seen', 'waiting', 'lost', 'moved', 'unknown'])

function* newestFirst(state: LedgerState): Generator<Message> {
  for (let index = state.age.length - 1; index >= state.oldest; index -= 1) {
    const message = state.age[index]
    if (message?.held) yield message
  }
}

function lifeIn(message: Message, destination: DestinationRecord): Life | null {
  for (let life = message.firstLife; life; life = life.sibling)
    if (life.destination === destination) return life
  return null
}

function collect(found: Iterable<Message>): CountedMessages {
  const messages: ContentView[] = []
  for (const message of found) {
    if (messages.length === LISTED_MAX) return { messages, more: true }
    messages.push(message.content)
  }
  return { messages, more: false }
}

function* where(
  state: LedgerState,
  destination: DestinationRecord,
  holds: (life: Life) => boolean,
): Generator<Message> {
  for (const message of newestFirst(state)) {
    const life = lifeIn(message, destination)
    if (life && life.tally === destination.tally && holds(life)) yield message
  }
}

const hasArrival = (life: Life, kind: ArrivalKind): boolean => {
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.kind === kind) return true
  }
  return false
}

/** More than one arrival for one audience: there are more arrivals than audiences. */
const isDuplicated = (life: Life): boolean => {
  const audiences = new Set<string>()
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.fromDeadLetters) continue
    const audience =
      life.destination.declared?.mode === 'queue' ? '' : (arrival.group ?? ` ${arrival.pane.consumer.name}`)
    if (audiences.has(audience)) return true
    audiences.add(audience)
  }
  return life.earlier > 0
}

export function countedInTally(
  state: LedgerState,
  destination: DestinationRecord,
  figure: TallyFigure,
): CountedMessages {
  const holds = (life: Life): boolean => {
    if (figure === 'sent') return SENT.has(life.bucket)
    if (figure === 'late') return hasArrival(life, 'late')
    if (figure === 'duplicates') return isDuplicated(life)
    if (figure === 'unreadable') return life.message.content.unreadable !== null
    return life.bucket === figure
  }
  return collect(where(state, destination, holds))
}

const ARRIVAL_KINDS: Record<Exclude<PaneFigure, 'missed'>, readonly ArrivalKind[]> = {
  unique: ['first', 'late'],
  duplicates: ['duplicate'],
  late: ['late'],
  unknown: ['unknown'],
}

function* arrivedAs(pane: Pane, kinds: readonly ArrivalKind[]): Generator<Message> {
  const { slots, start } = pane.rows
  const yielded = new Set<Message>()
  for (let index = slots.length - 1; index >= start; index -= 1) {
    const slot = slots[index]
    if (!slot || !('life' in slot) || !kinds.includes(slot.kind) || yielded.has(slot.life.message)) continue
    yielded.add(slot.life.message)
    yield slot.life.message
  }
}

export function countedInPane(state: LedgerState, pane: Pane, figure: PaneFigure): CountedMessages {
  if (figure !== 'missed') return collect(arrivedAs(pane, ARRIVAL_KINDS[figure]))
  const { tally } = pane
  const missed = (life: Life): boolean =>
    life.passNumber > (tally.passedAtJoin ?? 0) &&
    (tally.away || life.passNumber <= tally.passedAtReturn) &&
    !hasReceived(life, pane)
  return collect(where(state, pane.destination, missed))
}
