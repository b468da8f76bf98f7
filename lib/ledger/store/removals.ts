import type { Removals } from '#lib/protocol/counts.ts'
import type { DestinationRecord } from '../model/records.ts'
import { addDestination, declareDestination, findDestination, listPane } from './destinations.ts'
import { dropPane, paneOf } from './panes.ts'
import type { LedgerState } from './state.ts'

/**
 * A destination that is created again under its name is another one: its offsets begin at zero, and nothing that went
 * before belongs to it. How often each name was removed tells whether a record here is of the present one.
 */

/** Names whose removals are counted, the latest ones: people may make and remove destinations for days. */
const NAMES_MAX = 200

type Place = Pick<DestinationRecord, 'system' | 'name'>

const keyOf = ({ system, name }: Place): string => `${system}:${name}`

function note(state: LedgerState, { system, name }: Place, times: number): void {
  const key = keyOf({ system, name })
  state.removals.delete(key)
  state.removals.set(key, { system, destination: name, times })
  for (const oldest of state.removals.keys()) {
    if (state.removals.size <= NAMES_MAX) break
    state.removals.delete(oldest)
  }
}

const timesRemoved = (state: LedgerState, place: Place): number =>
  state.removals.get(keyOf(place))?.times ?? 0

function dropPanes(state: LedgerState, destination: DestinationRecord): void {
  for (const pane of [...destination.panes.values()]) dropPane(state, pane)
  state.lastDestination = null
}

/** It was removed just now. */
export function dropDestination(state: LedgerState, destination: DestinationRecord): void {
  dropPanes(state, destination)
  state.destinations.get(destination.system)?.delete(destination.name)
  note(state, destination, timesRemoved(state, destination) + 1)
}

/**
 * It was removed before the snapshot: what the snapshot lists under its name was made afterwards, and begins with nothing.
 */
export function forgetEarlier(state: LedgerState, earlier: DestinationRecord): void {
  const { declared, order, system, name } = earlier
  declareDestination(earlier, null)
  if (declared === null) {
    dropDestination(state, earlier)
    return
  }
  dropPanes(state, earlier)
  note(state, earlier, timesRemoved(state, earlier) + 1)
  const destination = addDestination(state, system, name)
  declareDestination(destination, declared)
  for (const { consumer } of order) {
    const pane = paneOf(state, destination, consumer.name, consumer.group)
    pane.consumer = consumer
    listPane(pane)
  }
}

/** The server has counted removals whose events are missing here. */
export function catchUpRemovals(state: LedgerState, removals: readonly Removals[]): void {
  for (const { system, destination: name, times } of removals) {
    if (times <= timesRemoved(state, { system, name })) continue
    const earlier = findDestination(state, system, name)
    if (earlier) forgetEarlier(state, earlier)
    note(state, { system, name }, times)
  }
}
