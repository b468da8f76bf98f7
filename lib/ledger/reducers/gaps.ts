import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { tallyGap, tallyRestart } from '../counters/tally.ts'
import type { DestinationRecord, Pane } from '../model/records.ts'
import { allDestinations, destinationOf, findDestination } from '../store/destinations.ts'
import { addEventRow, paneOf } from '../store/panes.ts'
import { nextRow } from '../store/rows.ts'
import type { LedgerState } from '../store/state.ts'
import { applyCounts } from './counts.ts'
import { forgetUnacked } from './settlements.ts'

/** Whether events of the stream itself are missing, so that nothing is known of what happened meanwhile. */
export const isStreamGap = (event: RoomEvent): event is EventOf<'gap'> =>
  event.kind === 'gap' && event.system === undefined && event.consumer === undefined

/** Keeps the gap, and adds it as a row to every pane whose rows it interrupts. */
export function applyGap(state: LedgerState, event: EventOf<'gap'>): void {
  state.gaps = [...state.gaps, event].slice(-state.limits.notices)
  for (const pane of interrupted(state, event)) {
    addEventRow(state, pane, { type: 'gap', at: event.at, event })
  }
  if (event.reason === 'broker-restarted') {
    for (const destination of destinationsMeant(state, event.system, event.destination))
      tallyRestart(destination, event.at - (event.awayMs ?? 0))
  }
  if (!isStreamGap(event)) return
  state.peopleSeen = null
  if (event.from !== null && event.to !== null) state.missingEvents += event.to - event.from + 1
  for (const pane of state.panes.values()) forgetUnacked(pane, event.at)
  if (event.counts) applyCounts(state, event.counts)
  else for (const destination of allDestinations(state)) tallyGap(destination)
}

function interrupted(state: LedgerState, event: EventOf<'gap'>): Pane[] {
  const { system, destination, consumer } = event
  if (system !== undefined && destination !== undefined && consumer !== undefined) {
    return [paneOf(state, destinationOf(state, system, destination), consumer)]
  }
  // Before a pane's first row nothing is interrupted.
  return destinationsMeant(state, system, destination).flatMap(({ panes }) =>
    [...panes.values()].filter((pane) => nextRow(pane.rows) > 0),
  )
}

/** All destinations, those of one system, or the one of that name. */
function destinationsMeant(state: LedgerState, system?: string, name?: string): DestinationRecord[] {
  if (system === undefined) return [...allDestinations(state)]
  if (name === undefined) return [...(state.destinations.get(system)?.values() ?? [])]
  const destination = findDestination(state, system, name)
  return destination ? [destination] : []
}

/** A fault that repeats stands where its latest report is, with the latest count. */
export function applyFault(state: LedgerState, event: EventOf<'fault'>): void {
  const others =
    event.count === undefined ? state.faults : state.faults.filter((before) => !isSameFault(before, event))
  state.faults = [...others, event].slice(-state.limits.notices)
}

const isSameFault = (a: EventOf<'fault'>, b: EventOf<'fault'>): boolean =>
  a.code === b.code && a.system === b.system && a.destination === b.destination && a.consumer === b.consumer
