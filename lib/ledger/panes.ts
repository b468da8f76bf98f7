import { consumerId } from '#lib/protocol/names.ts'
import type { Consumer, ConsumerState } from '#lib/protocol/room.ts'
import type { LedgerState } from './ledger-state.ts'
import { ROWS_PER_PANE_MIN } from './limits.ts'
import { appendRow, createRows, deliveryView, drawRows, nextRow } from './rows.ts'
import type { EventRow, Lane, Pane } from './state.ts'
import { newPaneBook } from './tally-state.ts'
import type { DeliveryView, PaneView } from './views.ts'

/** What is known of a consumer that only its arrivals tell of. */
const unknownConsumer = (lane: Lane, name: string, group: string | undefined): Consumer => ({
  id: consumerId(lane.system, lane.name, name),
  name,
  system: lane.system,
  destination: lane.name,
  ...(group === undefined ? {} : { group }),
  settings: {},
  state: 'attached',
})

/** The consumer's pane, made when an event is the first to tell of it. */
export function paneOf(state: LedgerState, lane: Lane, name: string, group?: string): Pane {
  const known = lane.panes.get(name)
  if (known) return known
  const consumer = unknownConsumer(lane, name, group)
  const pane: Pane = {
    id: consumer.id,
    index: lane.panesMade,
    lane,
    consumer,
    listed: false,
    told: null,
    presence: [],
    rows: createRows(),
    arrivals: 0,
    messages: 0,
    settled: 0,
    open: new Map(),
    inHand: null,
    inHandFrom: 0,
    book: newPaneBook(),
    version: 0,
    view: null,
  }
  lane.panesMade += 1
  lane.panes.set(name, pane)
  state.panes.set(pane.id, pane)
  shareRows(state)
  return pane
}

/** Removes a pane with all its rows. */
export function dropPane(state: LedgerState, pane: Pane): void {
  pane.lane.panes.delete(pane.consumer.name)
  state.panes.delete(pane.id)
  shareRows(state)
}

function shareRows(state: LedgerState): void {
  const share = Math.floor(state.limits.rowsTotal / Math.max(1, state.panes.size))
  state.rowsPerPane = Math.min(state.limits.rowsPerPane, Math.max(ROWS_PER_PANE_MIN, share))
}

export function touchPane(pane: Pane): void {
  pane.version += 1
  pane.view = null
}

type WithoutKey<T> = T extends unknown ? Omit<T, 'key'> : never

/** Adds a row about the consumer itself. */
export function addEventRow(state: LedgerState, pane: Pane, row: WithoutKey<EventRow>): void {
  const keyed = { ...row, key: String(nextRow(pane.rows)) } as EventRow
  appendRow(pane.rows, keyed, state.rowsPerPane, state.limits.charsPerPane)
  touchPane(pane)
}

/** Remembers since when it was in this state, to say later who was there when a message passed. */
export function notePresence(state: LedgerState, pane: Pane, now: ConsumerState, at: number): void {
  pane.presence.push({ at, state: now })
  if (pane.presence.length > state.limits.presence) pane.presence.shift()
}

/** The consumer's state at a time, as far as it is known; `detached` where it was not there yet. */
export function stateAt(pane: Pane, at: number): ConsumerState {
  for (let index = pane.presence.length - 1; index >= 0; index -= 1) {
    const noted = pane.presence[index]
    if (noted && noted.at <= at) return noted.state
  }
  const { since } = pane.consumer
  if (since !== undefined) return since <= at ? 'attached' : 'detached'
  return pane.presence.length === 0 ? pane.consumer.state : 'detached'
}

const isStarted = (state: ConsumerState): boolean => state !== 'crashed' && state !== 'detached'

/**
 * When it was last started, as far as is known: what cuts it off meanwhile (`attaching`) is no new beginning. Infinity
 * while it is not.
 */
export function beganAt({ consumer, presence }: Pane): number {
  if (!isStarted(consumer.state)) return Infinity
  const stopped = presence.findLastIndex(({ state }) => !isStarted(state))
  if (stopped === -1) return consumer.since ?? Infinity
  const began = presence.find(({ state }, index) => index > stopped && state !== 'attaching')
  return began?.at ?? Infinity
}

const NONE: readonly DeliveryView[] = []
const NO_PARTITIONS: readonly number[] = []

function inHandOf(pane: Pane): readonly DeliveryView[] {
  if (pane.inHand && pane.inHandFrom === pane.rows.dropped) return pane.inHand
  const held: DeliveryView[] = []
  for (const arrival of pane.open.values()) {
    if (arrival.row >= pane.rows.dropped) held.push(deliveryView(arrival))
  }
  pane.inHand = held.length === 0 ? NONE : held
  pane.inHandFrom = pane.rows.dropped
  return pane.inHand
}

/** What the newest share-out of its group gave it. */
function partitionsOf(pane: Pane): readonly number[] {
  const { group } = pane.consumer
  const assignment = group === undefined ? null : pane.lane.groups.get(group)?.assignment
  const mine = assignment?.members.find((member) => member.consumer === pane.consumer.name)
  return mine?.partitions ?? NO_PARTITIONS
}

export function paneView(pane: Pane): PaneView {
  pane.view ??= {
    consumer: pane.consumer,
    rows: drawRows(pane.rows),
    dropped: pane.rows.dropped,
    arrivals: pane.arrivals,
    messages: pane.messages,
    settled: pane.settled,
    inHand: inHandOf(pane),
    partitions: partitionsOf(pane),
    version: pane.version,
  }
  return pane.view
}
