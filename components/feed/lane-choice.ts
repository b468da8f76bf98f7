import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { createSignal } from '#lib/util/emitter.ts'

/** The part of `sessionStorage` that is used. */
export type ChoiceStorage = Pick<Storage, 'getItem' | 'setItem'>

/** How many earlier choices of a system are remembered. */
export const REMEMBERED = 24

/** By system the destinations that were shown, the latest first. */
export type Choices = Record<string, string[]>

/**
 * Which destination each lane shows: this tab's own choice in one room, so that one person's choice moves no other
 * person's lane. Outlives a reload of the tab.
 */
export interface LaneChoice {
  /** Turns to a room's own choices: those that this tab remembers, after what was chosen before they were known. */
  enter(room: string, remembered?: Choices): void
  choose(system: SystemId, destination: string): void
  /** The one to show: the last chosen that is there, else the first. `mode`: among those of that mode only. */
  among(system: SystemId, there: readonly Destination[], mode?: Mode): Destination | undefined
  subscribe(listener: () => void): () => void
}

/** Where a tab keeps its choices in a room. */
export const choicesKey = (room: string): string => `switchboard.lanes.${room}`

function write(storage: ChoiceStorage | null, room: string, choices: Choices): void {
  try {
    storage?.setItem(choicesKey(room), JSON.stringify(choices))
  } catch {
    // Full or forbidden: the page itself still knows.
    return
  }
}

export function createLaneChoice(storage: () => ChoiceStorage | null): LaneChoice {
  const changed = createSignal<void>()
  let room = ''
  let choices: Choices = {}
  return {
    enter: (next, remembered = {}) => {
      if (next === room) return
      const early = room === '' ? choices : {}
      room = next
      choices = { ...remembered, ...early }
      changed.emit()
    },
    choose: (system, destination) => {
      const before = choices[system] ?? []
      const chosen = [destination, ...before.filter((name) => name !== destination)].slice(0, REMEMBERED)
      choices = { ...choices, [system]: chosen }
      if (room !== '') write(storage(), room, choices)
      changed.emit()
    },
    among: (system, there, mode) => {
      const eligible = there.filter(
        (one) => one.system === system && (mode === undefined || one.mode === mode),
      )
      const chosen = (choices[system] ?? []).map((name) => eligible.find((one) => one.name === name))
      return chosen.find((one) => one !== undefined) ?? eligible[0]
    },
    subscribe: changed.on,
  }
}

/** This tab's storage; null where it is forbidden. */
export function tabStorage(): ChoiceStorage | null {
  try {
    return typeof sessionStorage === 'undefined' ? null : sessionStorage
  } catch {
    // Reading the property itself throws where storage is forbidden.
    return null
  }
}

/** One page shows one room: there is one choice. */
export const laneChoice = createLaneChoice(tabStorage)
