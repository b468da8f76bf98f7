import { isConnected } from '#lib/protocol/connected.ts'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { consumerRow, laneRow } from './marks.ts'

/**
 * A state that lasts for a while: an outage, an absent consumer, a rebalance, a fault that somebody made. `row` is the
 * key of a consumer's row, a system's id for all its rows, or empty for all rows.
 */
export interface Span {
  row: string
  kind: 'outage' | 'crashed' | 'paused' | 'away' | 'rebalance' | 'unknown' | 'fault'
  from: number
  /** Null while it lasts. */
  until: number | null
  event: RoomEvent
}

/** The span of a fault that somebody made. */
export type FaultSpan = Span & { event: EventOf<'fault'> }

export const isFault = (span: Span): span is FaultSpan => span.kind === 'fault' && span.event.kind === 'fault'

/** Derives spans from events and holds a bounded number of them, oldest first. */
export interface Spans {
  readonly all: readonly Span[]
  take(event: RoomEvent): void
}

const SPANS_MAX = 1_000
/** The share of the newest spans that is kept when there are too many. */
const KEPT_SHARE = 0.8

const STATE_KIND: Record<ConsumerState, Span['kind'] | null> = {
  attached: null,
  attaching: 'away',
  detached: 'away',
  paused: 'paused',
  crashed: 'crashed',
}

/** A broker that is being connected to for the first time is away; one that was lost or refuses is an outage. */
const isOutage = ({ now }: EventOf<'broker'>): boolean =>
  now.status === 'down' || now.reason?.code === 'lost' || now.reason?.code === 'refused'

function createSpanStore(max: number) {
  let all: Span[] = []
  /** Spans that have not ended, by a key of what they are about. */
  const open = new Map<string, Span>()
  function add(span: Span): Span {
    all.push(span)
    if (all.length > max) all = all.slice(-Math.floor(max * KEPT_SHARE))
    return span
  }
  function end(key: string, at: number): void {
    const span = open.get(key)
    if (!span) return
    span.until = at
    open.delete(key)
  }
  return {
    get all() {
      return all
    },
    add,
    end,
    endAll: (prefix: string, at: number): void => {
      for (const key of [...open.keys()]) if (key.startsWith(prefix)) end(key, at)
    },
    begin: (key: string, span: Omit<Span, 'until'>): void => {
      end(key, span.from)
      open.set(key, add({ ...span, until: null }))
    },
    openKind: (key: string): Span['kind'] | null => open.get(key)?.kind ?? null,
  }
}

type SpanStore = ReturnType<typeof createSpanStore>

function takeConsumer(spans: SpanStore, event: EventOf<'consumer'>): void {
  const row = consumerRow(event.system, event.destination, event.consumer)
  const kind = STATE_KIND[event.now.state]
  if (kind !== null && spans.openKind(row) === kind) return
  spans.end(row, event.at)
  if (kind && !event.now.removed) spans.begin(row, { row, kind, from: event.at, event })
}

function takeBroker(spans: SpanStore, event: EventOf<'broker'>): void {
  const { system, at } = event
  if (isConnected(event.now)) {
    spans.end(system, at)
    return
  }
  const kind = isOutage(event) ? 'outage' : 'away'
  const known = spans.openKind(system)
  if (known === 'outage' || known === kind) return
  spans.begin(system, { row: system, kind, from: at, event })
}

function takeAssignment(spans: SpanStore, event: EventOf<'assignment'>): void {
  const group = `${laneRow(event.system, event.destination)} ${event.group}`
  const rows = event.members.map(({ consumer }) => consumerRow(event.system, event.destination, consumer))
  for (const row of rows) {
    const key = `${group} ${row}`
    if (event.phase === 'rebalancing') {
      spans.begin(key, { row, kind: 'rebalance', from: event.at, event })
    } else if (spans.openKind(key) === null && event.durationMs !== undefined) {
      spans.add({ row, kind: 'rebalance', from: event.at - event.durationMs, until: event.at, event })
    }
  }
  // This also ends the spans of consumers that left the group meanwhile.
  if (event.phase === 'stable') spans.endAll(`${group} `, event.at)
}

function rowOfFault(system: string, destination: string | undefined, consumer: string | undefined): string {
  if (destination === undefined) return system
  return consumer === undefined ? laneRow(system, destination) : consumerRow(system, destination, consumer)
}

/**
 * A fault that somebody made lasts until it is ended, a cut or a poison message no time at all: on the row of its consumer or
 * destination, or on all of its broker's.
 */
function takeFault(spans: SpanStore, event: EventOf<'fault'>): void {
  const { made, system, destination, consumer, at } = event
  if (made === undefined || system === undefined) return
  const row = rowOfFault(system, destination, consumer)
  const key = `fault ${row}`
  if (made.phase === 'begins') spans.begin(key, { row, kind: 'fault', from: at, event })
  else if (made.phase === 'once') spans.add({ row, kind: 'fault', from: at, until: at, event })
  else spans.end(key, at)
}

function takeGap(spans: SpanStore, event: EventOf<'gap'>): void {
  if (event.system !== undefined) return
  spans.add({ row: '', kind: 'unknown', from: event.at, until: event.at, event })
}

export function createSpans(max = SPANS_MAX): Spans {
  const spans = createSpanStore(max)
  return {
    get all() {
      return spans.all
    },
    take: (event) => {
      if (event.kind === 'consumer') takeConsumer(spans, event)
      else if (event.kind === 'broker') takeBroker(spans, event)
      else if (event.kind === 'assignment') takeAssignment(spans, event)
      else if (event.kind === 'gap') takeGap(spans, event)
      else if (event.kind === 'fault') takeFault(spans, event)
    },
  }
}
