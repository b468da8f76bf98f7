import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { forgetInHand } from './arrivals.ts'
import { allLanes, findLane, laneOf } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { addEventRow, paneOf } from './panes.ts'
import { nextRow } from './rows.ts'
import type { Lane, Pane } from './state.ts'
import { tallyGap, tallyRestart } from './tally.ts'

/** Whether the gap is in the stream itself, so that nothing is known of what happened to anybody meanwhile. */
export const isStreamGap = (event: RoomEvent): event is EventOf<'gap'> =>
  event.kind === 'gap' && event.system === undefined && event.consumer === undefined

/** Keeps the gap, and shows it as a row in every pane whose rows it interrupts. */
export function learnGap(state: LedgerState, event: EventOf<'gap'>): void {
  state.gaps = [...state.gaps, event].slice(-state.limits.notices)
  for (const pane of interrupted(state, event)) {
    addEventRow(state, pane, { type: 'gap', at: event.at, event })
  }
  if (event.reason === 'broker-restarted') {
    for (const lane of lanesMeant(state, event.system, event.destination))
      tallyRestart(lane, event.at - (event.awayMs ?? 0))
  }
  if (!isStreamGap(event)) return
  for (const pane of state.panes.values()) forgetInHand(pane, event.at)
  for (const lane of allLanes(state)) tallyGap(lane)
}

function interrupted(state: LedgerState, event: EventOf<'gap'>): Pane[] {
  const { system, destination, consumer } = event
  if (system !== undefined && destination !== undefined && consumer !== undefined) {
    return [paneOf(state, laneOf(state, system, destination), consumer)]
  }
  // Before a pane's first row nothing is interrupted.
  return lanesMeant(state, system, destination).flatMap((lane) =>
    [...lane.panes.values()].filter((pane) => nextRow(pane.rows) > 0),
  )
}

function lanesMeant(state: LedgerState, system: string | undefined, destination: string | undefined): Lane[] {
  if (system === undefined) return [...allLanes(state)]
  if (destination === undefined) return [...(state.lanes.get(system)?.values() ?? [])]
  const lane = findLane(state, system, destination)
  return lane ? [lane] : []
}

export function learnFault(state: LedgerState, event: EventOf<'fault'>): void {
  state.faults = [...state.faults, event].slice(-state.limits.notices)
}
