import { manifestOf } from '#lib/brokers/catalog.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { createMeter } from '../counters/meter.ts'
import { noneReleased } from '../counters/released-messages.ts'
import { newDestinationTally, newPaneTally } from '../counters/tally.ts'
import type { DestinationRecord, Pane } from '../model/records.ts'
import type { DestinationCounts } from '../model/views.ts'
import type { LedgerState } from './state.ts'

const noCounts = (): DestinationCounts => ({
  published: 0,
  unheard: 0,
  failed: 0,
  deliveries: 0,
  acknowledged: 0,
  redelivered: 0,
})

/** A destination's record, made by the first event about it. */
export function destinationOf(state: LedgerState, system: SystemId, name: string): DestinationRecord {
  const last = state.lastDestination
  if (last && last.name === name && last.system === system) return last
  const destination = findDestination(state, system, name) ?? addDestination(state, system, name)
  state.lastDestination = destination
  return destination
}

export const findDestination = (
  state: LedgerState,
  system: SystemId,
  name: string,
): DestinationRecord | undefined => state.destinations.get(system)?.get(name)

/** Replaces one of that name, in its place. */
export function addDestination(state: LedgerState, system: SystemId, name: string): DestinationRecord {
  const manifest = manifestOf(system)
  const destination: DestinationRecord = {
    system,
    name,
    declared: null,
    modeManifest: undefined,
    classicMode: manifest && modeAt(manifest, manifest.classic),
    panes: new Map(),
    order: [],
    groups: new Map(),
    facts: null,
    counts: noCounts(),
    messages: 0,
    tally: newDestinationTally(),
    waiting: new Set(),
    released: noneReleased(),
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
  const siblings = state.destinations.get(system) ?? new Map<string, DestinationRecord>()
  siblings.set(name, destination)
  state.destinations.set(system, siblings)
  return destination
}

/** The room has this destination now; null: it has none of that name. */
export function declareDestination(destination: DestinationRecord, declared: Destination | null): void {
  destination.declared = declared
  destination.modeManifest = declared ? modeAt(manifestOf(destination.system), declared) : undefined
  touchDestination(destination)
}

/** What is sent while a consumer is away waits for it. Unknown destinations are taken to keep nothing. */
export const keepsForAbsent = ({ modeManifest }: DestinationRecord): boolean =>
  modeManifest?.can.keepsForAbsent ?? false

/** Its mode; of a destination that the room does not list, that of its system's classic one. */
export const modeOf = ({ declared, system }: DestinationRecord): Mode | undefined =>
  declared?.mode ?? manifestOf(system)?.classic.mode

/** Whether its groups commit positions; of a destination that the room does not list, whether its system's classic one does. */
export const commitsPositions = ({ modeManifest, classicMode }: DestinationRecord): boolean =>
  (modeManifest ?? classicMode)?.can.commit ?? false

export function* allDestinations(state: LedgerState): Generator<DestinationRecord> {
  for (const siblings of state.destinations.values()) yield* siblings.values()
}

/** Something other than a message changed here: consumers, assignments, facts. */
export function touchDestination(destination: DestinationRecord): void {
  destination.version += 1
  destination.view = null
}

/** A consumer or its state changed. */
export function touchConsumers(destination: DestinationRecord): void {
  destination.consumersView = null
  touchDestination(destination)
}

/** Adds the pane after those that joined before. */
export function listPane(pane: Pane): void {
  if (pane.listed) return
  pane.listed = true
  pane.destination.order.push(pane)
  touchConsumers(pane.destination)
}

export function unlistPane(pane: Pane): void {
  pane.listed = false
  pane.destination.order = pane.destination.order.filter((other) => other !== pane)
  touchConsumers(pane.destination)
}

export function resetCounts(destination: DestinationRecord): void {
  destination.counts = noCounts()
  destination.tally = newDestinationTally()
  destination.waiting = new Set()
  destination.released = noneReleased()
  for (const pane of destination.panes.values()) {
    pane.tally = newPaneTally()
    pane.received = new Map()
  }
}

/** The listed panes in the order they joined, those of one group side by side. */
export function panesInOrder(destination: DestinationRecord): Pane[] {
  const groups = new Map<string | symbol, Pane[]>()
  for (const pane of destination.order) {
    const key = pane.consumer.group ?? Symbol('alone')
    const group = groups.get(key)
    if (group) group.push(pane)
    else groups.set(key, [pane])
  }
  return [...groups.values()].flat()
}
