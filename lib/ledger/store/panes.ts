import { consumerId } from '#lib/protocol/names.ts'
import type { Consumer, ConsumerState } from '#lib/protocol/room.ts'
import { newPaneTally } from '../counters/tally.ts'
import { ROWS_PER_PANE_MIN } from '../model/limits.ts'
import type { DestinationRecord, EventRow, Pane } from '../model/records.ts'
import { appendRow, createRows, nextRow } from './rows.ts'
import type { LedgerState } from './state.ts'

/** What is known of a consumer of which only arrivals were seen. */
const unknownConsumer = (
  destination: DestinationRecord,
  name: string,
  group: string | undefined,
): Consumer => ({
  id: consumerId(destination.system, destination.name, name),
  name,
  system: destination.system,
  destination: destination.name,
  ...(group === undefined ? {} : { group }),
  settings: {},
  state: 'attached',
})

/** The consumer's pane, made by the first event about it. */
export function paneOf(
  state: LedgerState,
  destination: DestinationRecord,
  name: string,
  group?: string,
): Pane {
  const known = destination.panes.get(name)
  if (known) return known
  const consumer = unknownConsumer(destination, name, group)
  const pane: Pane = {
    id: consumer.id,
    index: destination.panesMade,
    destination,
    consumer,
    listed: false,
    reported: null,
    presence: [],
    rows: createRows(),
    arrivals: 0,
    messages: 0,
    settled: 0,
    open: new Map(),
    inHand: null,
    inHandFrom: 0,
    tally: newPaneTally(),
    received: new Map(),
    version: 0,
    view: null,
  }
  destination.panesMade += 1
  destination.panes.set(name, pane)
  state.panes.set(pane.id, pane)
  shareRows(state)
  return pane
}

/** Removes a pane with all its rows. */
export function dropPane(state: LedgerState, pane: Pane): void {
  pane.destination.panes.delete(pane.consumer.name)
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

/** Notes since when it has been in this state: later that says who was present when a message passed. */
export function notePresence(state: LedgerState, pane: Pane, now: ConsumerState, at: number): void {
  pane.presence.push({ at, state: now })
  if (pane.presence.length > state.limits.presence) pane.presence.shift()
}

/** The consumer's state at a time, as far as it is known; `detached` before it joined. */
export function stateAt(pane: Pane, at: number): ConsumerState {
  for (let index = pane.presence.length - 1; index >= 0; index -= 1) {
    const noted = pane.presence[index]
    if (noted && noted.at <= at) return noted.state
  }
  const { since } = pane.consumer
  if (since !== undefined) return since <= at ? 'attached' : 'detached'
  return pane.presence.length === 0 ? pane.consumer.state : 'detached'
}

/** It takes part: what is sent now reaches it, or waits for it to be resumed. */
export const isHere = (state: ConsumerState): boolean => state === 'attached' || state === 'paused'

/** When one of its name first took part, as far as is known; Infinity when none ever did. */
export function joinedAt({ consumer, presence }: Pane): number {
  const noted = presence.find(({ state }) => isHere(state))?.at ?? Infinity
  // One that was removed and added again under its name has a later `since` than what is known of it.
  if (consumer.since !== undefined) return Math.min(consumer.since, noted)
  if (presence.length === 0) return isHere(consumer.state) ? Number.NEGATIVE_INFINITY : Infinity
  return noted
}

/** Whether it lost its place after a time: it crashed, left, or its connection was lost. */
export const wasAwaySince = ({ presence }: Pane, since: number): boolean =>
  presence.some(({ at, state }) => at > since && !isHere(state))

const isStarted = (state: ConsumerState): boolean => state !== 'crashed' && state !== 'detached'

/** When it was last started, as far as is known; Infinity while it is not. A reconnection (`attaching`) is not a start. */
export function startedAt({ consumer, presence }: Pane): number {
  if (!isStarted(consumer.state)) return Infinity
  const stopped = presence.findLastIndex(({ state }) => !isStarted(state))
  if (stopped === -1) return consumer.since ?? Infinity
  const began = presence.find(({ state }, index) => index > stopped && state !== 'attaching')
  return began?.at ?? Infinity
}
