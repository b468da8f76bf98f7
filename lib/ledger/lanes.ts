import { manifestOf, modeAt } from '#lib/brokers/catalog.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'
import type { LedgerState } from './ledger-state.ts'
import { createMeter } from './meter.ts'
import type { Lane, Pane } from './state.ts'
import { newLaneBook, newPaneBook } from './tally-state.ts'
import type { LaneCounts, LaneView } from './views.ts'

const noCounts = (): LaneCounts => ({
  published: 0,
  unheard: 0,
  failed: 0,
  deliveries: 0,
  acknowledged: 0,
  redelivered: 0,
})

/** One destination's lane, made when an event is the first to tell of it. */
export function laneOf(state: LedgerState, system: SystemId, name: string): Lane {
  const last = state.lastLane
  if (last && last.name === name && last.system === system) return last
  const lane = findLane(state, system, name) ?? addLane(state, system, name)
  state.lastLane = lane
  return lane
}

export const findLane = (state: LedgerState, system: SystemId, name: string): Lane | undefined =>
  state.lanes.get(system)?.get(name)

function addLane(state: LedgerState, system: SystemId, name: string): Lane {
  const lane: Lane = {
    system,
    name,
    destination: null,
    modeManifest: undefined,
    panes: new Map(),
    order: [],
    groups: new Map(),
    facts: null,
    counts: noCounts(),
    messages: 0,
    book: newLaneBook(),
    waiting: new Set(),
    meter: createMeter(),
    panesMade: 0,
    audiences: new Map(),
    countsView: null,
    consumersView: null,
    rebalancing: new Map(),
    view: null,
    version: 0,
    plainForAll: null,
    traced: null,
  }
  const siblings = state.lanes.get(system) ?? new Map<string, Lane>()
  siblings.set(name, lane)
  state.lanes.set(system, siblings)
  return lane
}

/** The room has that destination now, or none under this name. */
export function setDestination(lane: Lane, destination: Destination | null): void {
  lane.destination = destination
  lane.modeManifest = destination ? modeAt(manifestOf(lane.system), destination) : undefined
  touchLane(lane)
}

export function* allLanes(state: LedgerState): Generator<Lane> {
  for (const siblings of state.lanes.values()) yield* siblings.values()
}

/** Something other than a message changed here: consumers, assignments, facts. */
export function touchLane(lane: Lane): void {
  lane.version += 1
  lane.view = null
}

/** A consumer or its state changed. */
export function touchConsumers(lane: Lane): void {
  lane.consumersView = null
  touchLane(lane)
}

/** Puts the pane behind those that joined before. */
export function listPane(pane: Pane): void {
  if (pane.listed) return
  pane.listed = true
  pane.lane.order.push(pane)
  touchConsumers(pane.lane)
}

export function unlistPane(pane: Pane): void {
  pane.listed = false
  pane.lane.order = pane.lane.order.filter((other) => other !== pane)
  touchConsumers(pane.lane)
}

export function resetCounts(lane: Lane): void {
  lane.counts = noCounts()
  lane.book = newLaneBook()
  lane.waiting = new Set()
  for (const pane of lane.panes.values()) pane.book = newPaneBook()
}

/** The listed panes, those of one group side by side where its first member joined. */
export function lanePanes(lane: Lane): Pane[] {
  const groups = new Map<string | symbol, Pane[]>()
  for (const pane of lane.order) {
    const key = pane.consumer.group ?? Symbol('alone')
    const group = groups.get(key)
    if (group) group.push(pane)
    else groups.set(key, [pane])
  }
  return [...groups.values()].flat()
}

function consumersOf(lane: Lane): readonly Consumer[] {
  lane.consumersView ??= lanePanes(lane).map((pane) => pane.consumer)
  return lane.consumersView
}

function countsOf(lane: Lane): LaneCounts {
  const { counts, countsView: seen } = lane
  const same =
    seen !== null &&
    seen.published === counts.published &&
    seen.unheard === counts.unheard &&
    seen.failed === counts.failed &&
    seen.deliveries === counts.deliveries &&
    seen.acknowledged === counts.acknowledged &&
    seen.redelivered === counts.redelivered
  if (same) return seen
  lane.countsView = { ...counts }
  return lane.countsView
}

/** The lane as it is drawn; undefined until (or since) the room has no such destination. */
export function laneView(lane: Lane): LaneView | undefined {
  if (!lane.destination) return undefined
  const counts = countsOf(lane)
  if (lane.view && lane.view.counts === counts && lane.view.messages === lane.messages) return lane.view
  lane.view = {
    destination: lane.destination,
    consumers: consumersOf(lane),
    facts: lane.facts,
    counts,
    messages: lane.messages,
    rebalancing: lane.rebalancing,
    mode: lane.destination.mode,
  }
  return lane.view
}
