import { manifestOf } from '#lib/brokers/catalog.ts'
import type { ModeManifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import type { SaidEffects } from '../words/faults.ts'
import type { TimelineLog } from './log.ts'
import { consumerRow } from './marks.ts'
import type { FaultSpan } from './spans.ts'

/** What a fault that somebody made led to, counted from the events after it. Pure. */
export interface FaultEffects extends SaidEffects {
  /** Nothing can come any more: over for a while, and everybody is back. */
  isFinal: boolean
}

/** What the effects are read from beside the events. */
export type EffectViews = Pick<LedgerViews, 'destination' | 'message'>

/** A broker's loss may be noticed this much before the fault's own mark, milliseconds. */
const SAME_MOMENT_MS = 250
/** So much later a broker or a client may still notice what has ended. */
const SETTLE_MS = 5_000

const AWAY: Readonly<Record<ConsumerState, boolean>> = {
  attached: false,
  paused: false,
  attaching: true,
  detached: true,
  // Somebody crashed it: an act of its own.
  crashed: false,
}

interface Absence {
  noun: string
  since: number
  until: number | null
  /** Those before this one, at the longest. */
  longestMs: number
}

const lengthOf = ({ since, until, longestMs }: Absence, now: number): number =>
  Math.max(longestMs, (until ?? now) - since)

interface Tracker {
  readonly fault: FaultSpan
  readonly views: EffectViews
  readonly absences: Map<string, Absence>
  /** By message: the rows of the consumers that are due a copy which nobody keeps for them. */
  readonly due: Map<string, Set<string>>
  readonly arrived: Set<string>
  /** What the consumer of a faulty line was given and has not settled. */
  readonly held: Set<string>
  /** By message: how long it took. */
  readonly delays: Map<string, number>
  readonly again: Set<string>
  uncertain: number
  refused: number
  rebalances: number
}

const modeOf = (views: EffectViews, system: string, destination: string): ModeManifest | undefined => {
  const manifest = manifestOf(system)
  const view = views.destination(system, destination)
  return manifest && view && modeAt(manifest, view.destination)
}

/** Whether an event at a place lies within the fault's reach: anywhere on a broker, or at one consumer. */
function isInReach({ fault: { event } }: Tracker, system: string, destination?: string, consumer?: string) {
  if (event.system !== system) return false
  if (event.consumer === undefined) return true
  return event.destination === destination && (consumer === undefined || event.consumer === consumer)
}

function takeConsumer(tracker: Tracker, event: EventOf<'consumer'>): void {
  const { system, destination, consumer, now } = event
  if (!isInReach(tracker, system, destination, consumer)) return
  const row = consumerRow(system, destination, consumer)
  const known = tracker.absences.get(row)
  const isAway = AWAY[now.state] && !now.removed && now.reason !== CONSUMER_REASONS.asleep
  if (!isAway && known) known.until ??= event.at
  if (!isAway || known?.until === null) return
  const noun = modeOf(tracker.views, system, destination)?.consumerNoun ?? 'consumer'
  const longestMs = known ? lengthOf(known, event.at) : 0
  tracker.absences.set(row, { noun, since: event.at, until: null, longestMs })
}

/** Whom a message does not reach now: whoever is away, and the consumer behind a line that is slow or frozen. */
const cutOff = ({ fault, absences }: Tracker, row: string): boolean =>
  absences.get(row)?.until === null || (fault.row === row && fault.event.made?.phase === 'begins')

function takePublished(tracker: Tracker, event: EventOf<'published' | 'unheard'>): void {
  const { system, destination, messageId } = event
  const mode = modeOf(tracker.views, system, destination)
  const view = tracker.views.destination(system, destination)
  if (!view || !mode || mode.can.keepsForAbsent || !isInReach(tracker, system, destination)) return
  const { key, headers } = tracker.views.message(messageId) ?? {}
  const draft = { key: key ?? '', headers: headers ?? {}, settings: {} }
  // By what they listen to, as if all were there.
  const consumers = view.consumers.map((one) => ({ ...one, state: 'attached' as const }))
  const place = { settings: view.destination.settings, consumers, facts: null }
  const reached = mode.preview?.(draft, place)
  for (const { name } of consumers) {
    const row = consumerRow(system, destination, name)
    if (!cutOff(tracker, row) || (reached?.kind === 'consumers' && !reached.names.includes(name))) continue
    const rows = tracker.due.get(messageId) ?? new Set()
    tracker.due.set(messageId, rows.add(row))
  }
}

/** What was sent while the line was slow or frozen and came as late as that explains. */
function takeDelay(
  { fault, delays }: Tracker,
  { at, latencyMs, messageId }: EventOf<'delivered'>,
  row: string,
) {
  const { made } = fault.event
  if (row !== fault.row || made?.phase !== 'begins' || latencyMs === null) return
  const isLate =
    made.what === 'slow' ? latencyMs >= (made.latencyMs ?? 0) : fault.until !== null && at >= fault.until
  if (isLate && at - latencyMs <= (fault.until ?? at)) delays.set(messageId, latencyMs)
}

function takeDelivered(tracker: Tracker, event: EventOf<'delivered'>): void {
  const { system, destination, consumer, messageId } = event
  const row = consumerRow(system, destination, consumer)
  tracker.arrived.add(`${row} ${messageId}`)
  takeDelay(tracker, event, row)
  const { event: cause } = tracker.fault
  const isReturned = cause.consumer === undefined || tracker.held.has(messageId)
  if (event.redelivered && isInReach(tracker, system, destination) && isReturned) {
    tracker.again.add(messageId)
  }
}

/** Keeps what the consumer of a faulty line holds, from before the fault on. */
function takeHolding({ fault, held }: Tracker, event: RoomEvent): void {
  if (!('messageId' in event) || !('consumer' in event)) return
  if (consumerRow(event.system, event.destination, event.consumer) !== fault.row) return
  if (event.kind === 'delivered') held.add(event.messageId)
  else if (event.kind === 'acknowledged' || event.kind === 'rejected') held.delete(event.messageId)
}

function takeEffect(tracker: Tracker, event: RoomEvent): void {
  const { fault } = tracker
  switch (event.kind) {
    case 'consumer':
      takeConsumer(tracker, event)
      return
    case 'published':
    case 'unheard':
      takePublished(tracker, event)
      return
    case 'delivered':
      takeDelivered(tracker, event)
      return
    case 'uncertain':
    case 'refused':
    case 'returned':
      if (fault.event.consumer !== undefined || !isInReach(tracker, event.system)) return
      tracker[event.kind === 'uncertain' ? 'uncertain' : 'refused'] += 1
      return
    case 'assignment': {
      if (event.phase !== 'rebalancing' || !isInReach(tracker, event.system, event.destination)) return
      const { consumer } = fault.event
      const hasIt = event.members.some((member) => member.consumer === consumer)
      if (consumer === undefined || hasIt || event.cause?.consumer === consumer) tracker.rebalances += 1
      return
    }
    default:
  }
}

/** A consumer may lose its broker a moment before the mark; one whose line is to be broken leaves first, to join by a proxy. */
function takeForerunner(tracker: Tracker, event: RoomEvent): void {
  const { from, event: cause } = tracker.fault
  if (event.kind !== 'consumer' || cause.consumer !== undefined) return
  if (event.at > from - SAME_MOMENT_MS) takeConsumer(tracker, event)
}

/** Another fault of the same broker or line: what comes now is that one's effect. */
const isNextFault = ({ fault }: Tracker, event: RoomEvent): boolean =>
  event.kind === 'fault' &&
  event.made !== undefined &&
  event.made.phase !== 'ends' &&
  event.system === fault.event.system &&
  event.destination === fault.event.destination &&
  event.consumer === fault.event.consumer

const isAnyAway = ({ absences }: Tracker): boolean =>
  [...absences.values()].some(({ until }) => until === null)

function isSettled(tracker: Tracker, at: number): boolean {
  const { until } = tracker.fault
  return until !== null && at > until + SETTLE_MS && !isAnyAway(tracker)
}

/** What began in the same moment is the next fault's; who is away then is away because of that one. */
function endWith({ absences }: Tracker, next: RoomEvent): void {
  for (const [row, absence] of absences) {
    if (absence.until === null && absence.since > next.at - SAME_MOMENT_MS) absences.delete(row)
    else absence.until ??= next.at
  }
}

function summed(tracker: Tracker, now: number, isEnded: boolean): FaultEffects {
  const { fault, absences, due, arrived, again, uncertain, refused, rebalances } = tracker
  const isOver = fault.until !== null
  const away = new Map<string, { count: number; still: number }>()
  for (const { noun, until } of absences.values()) {
    const { count, still } = away.get(noun) ?? { count: 0, still: 0 }
    away.set(noun, { count: count + 1, still: still + (until === null ? 1 : 0) })
  }
  const lost = { missed: 0, late: 0 }
  for (const [messageId, rows] of due) {
    const without = [...rows].filter((row) => !arrived.has(`${row} ${messageId}`))
    if (without.length === 0) continue
    lost[isOver || without.some((row) => absences.get(row)?.until === null) ? 'missed' : 'late'] += 1
  }
  const lastedMs = fault.event.made?.phase === 'once' ? null : (fault.until ?? now) - fault.from
  return {
    ...{ lastedMs, isOver, isFinal: isEnded || isSettled(tracker, now), away, ...lost },
    awayMs: Math.max(0, ...[...absences.values()].map((one) => lengthOf(one, now))),
    ...{ delayed: tracker.delays.size, delayMs: Math.max(0, ...tracker.delays.values()) },
    ...{ again: again.size, uncertain, refused, rebalances },
  }
}

/**
 * The effects of a fault up to `now`: what happens to its consumers while it holds, until all whom it sent away are back, and
 * no longer than until the next fault of the same broker or line.
 */
export function effectsOf(fault: FaultSpan, log: TimelineLog, views: EffectViews, now: number): FaultEffects {
  const tracker: Tracker = {
    ...{ fault, views, absences: new Map(), due: new Map(), arrived: new Set(), held: new Set() },
    ...{ delays: new Map(), again: new Set(), uncertain: 0, refused: 0, rebalances: 0 },
  }
  let phase = 'before' as 'before' | 'during' | 'after'
  log.each(({ event }) => {
    if (phase === 'after') return
    if (event === fault.event) phase = 'during'
    else if (phase === 'before') takeForerunner(tracker, event)
    else if (isNextFault(tracker, event)) {
      endWith(tracker, event)
      phase = 'after'
    } else if (isSettled(tracker, event.at)) phase = 'after'
    else takeEffect(tracker, event)
    takeHolding(tracker, event)
  })
  return summed(tracker, now, phase === 'after')
}
