import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { consumerRow, laneRow } from './marks.ts'

/**
 * What lasts: outages, consumers that are away, rebalances. `row` is a consumer's row, or a system's name where all its
 * rows are meant, or empty for the whole room.
 */
export interface Span {
  row: string
  kind: 'outage' | 'crashed' | 'paused' | 'away' | 'rebalance' | 'unknown'
  from: number
  /** Null while it lasts. */
  until: number | null
  event: RoomEvent
}

/** Keeps spans, oldest first, bounded. */
export interface Spans {
  readonly all: readonly Span[]
  take(event: RoomEvent): void
}

const SPANS_MAX = 1_000

const STATE_KIND: Record<ConsumerState, Span['kind'] | null> = {
  attached: null,
  attaching: 'away',
  detached: 'away',
  paused: 'paused',
  crashed: 'crashed',
}

/** A broker that is being looked for the first time is not there yet; one that broke off or refuses is out. */
const isOutage = ({ now }: EventOf<'broker'>): boolean =>
  now.status === 'down' || now.reason?.code === 'lost' || now.reason?.code === 'refused'

export function createSpans(max = SPANS_MAX): Spans {
  let all: Span[] = []
  /** What still lasts, by what it is about. */
  const open = new Map<string, Span>()

  const close = (key: string, at: number): void => {
    const span = open.get(key)
    if (!span) return
    span.until = at
    open.delete(key)
  }
  const add = (span: Span): Span => {
    all.push(span)
    if (all.length > max) all = all.slice(-Math.floor(max * 0.8))
    return span
  }
  const begin = (key: string, span: Omit<Span, 'until'>): void => {
    close(key, span.from)
    open.set(key, add({ ...span, until: null }))
  }

  function takeConsumer(event: EventOf<'consumer'>): void {
    const row = consumerRow(event.system, event.destination, event.consumer)
    const kind = STATE_KIND[event.now.state]
    if (open.get(row)?.kind === kind) return
    close(row, event.at)
    if (kind && !event.now.removed) begin(row, { row, kind, from: event.at, event })
  }

  function takeBroker(event: EventOf<'broker'>): void {
    const { system, at } = event
    if (event.now.status === 'up') {
      close(system, at)
      return
    }
    const kind = isOutage(event) ? 'outage' : 'away'
    const known = open.get(system)?.kind
    if (known === 'outage' || known === kind) return
    begin(system, { row: system, kind, from: at, event })
  }

  function takeAssignment(event: EventOf<'assignment'>): void {
    const key = `${laneRow(event.system, event.destination)} ${event.group}`
    const rows = event.members.map(({ consumer }) => consumerRow(event.system, event.destination, consumer))
    if (event.phase === 'rebalancing') {
      for (const row of rows) begin(`${key} ${row}`, { row, kind: 'rebalance', from: event.at, event })
      return
    }
    for (const row of rows) {
      const known = open.get(`${key} ${row}`)
      if (known) close(`${key} ${row}`, event.at)
      else if (event.durationMs !== undefined) {
        add({ row, kind: 'rebalance', from: event.at - event.durationMs, until: event.at, event })
      }
    }
    // Whoever left in between is no member any more.
    for (const other of [...open.keys()]) if (other.startsWith(`${key} `)) close(other, event.at)
  }

  function takeGap(event: EventOf<'gap'>): void {
    if (event.system !== undefined) return
    add({ row: '', kind: 'unknown', from: event.at, until: event.at, event })
  }

  return {
    get all() {
      return all
    },
    take: (event) => {
      if (event.kind === 'consumer') takeConsumer(event)
      else if (event.kind === 'broker') takeBroker(event)
      else if (event.kind === 'assignment') takeAssignment(event)
      else if (event.kind === 'gap') takeGap(event)
    },
  }
}
