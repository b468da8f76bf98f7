import type { DestinationRecord } from '../model/records.ts'
import { declareDestination, destinationOf, listPane } from './destinations.ts'
import { dropPane, paneOf } from './panes.ts'
import type { LedgerState } from './state.ts'

/**
 * A destination that is created again under its name is another one: its offsets begin at zero, and nothing that went
 * before belongs to it. How often each name was removed tells whether a record here is of the present one.
 */

/** Names whose removals are counted, the latest ones: people may make and remove destinations for days. */
const NAMES_MAX = 1_000

const keyOf = ({ system, name }: DestinationRecord): string => `${system}:${name}`

function note(state: LedgerState, key: string, removals: number): void {
  state.removals.delete(key)
  state.removals.set(key, removals)
  for (const oldest of state.removals.keys()) {
    if (state.removals.size <= NAMES_MAX) break
    state.removals.delete(oldest)
  }
}

/** How often a destination of that name was removed, as far as is known. */
export const removalsOf = (state: LedgerState, destination: DestinationRecord): number =>
  state.removals.get(keyOf(destination)) ?? 0

/** It was removed just now. */
export function dropDestination(state: LedgerState, destination: DestinationRecord): void {
  for (const pane of [...destination.panes.values()]) dropPane(state, pane)
  state.destinations.get(destination.system)?.delete(destination.name)
  state.lastDestination = null
  note(state, keyOf(destination), removalsOf(state, destination) + 1)
}

/**
 * It was removed before the snapshot: what the snapshot lists under its name was made afterwards, and begins with nothing.
 */
export function forgetEarlier(state: LedgerState, earlier: DestinationRecord): void {
  const { declared, order, system, name } = earlier
  dropDestination(state, earlier)
  declareDestination(earlier, null)
  state.destinationList = null
  if (declared === null) return
  const destination = destinationOf(state, system, name)
  declareDestination(destination, declared)
  for (const { consumer } of order) {
    const pane = paneOf(state, destination, consumer.name, consumer.group)
    pane.consumer = consumer
    listPane(pane)
  }
}

/** The server has counted so many removals of that name; of those that were not seen here, the events are missing. */
export function catchUpRemovals(state: LedgerState, destination: DestinationRecord, removals: number): void {
  if (removals <= removalsOf(state, destination)) return
  forgetEarlier(state, destination)
  note(state, keyOf(destination), removals)
}
