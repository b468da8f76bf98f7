import * as z from 'zod'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { createSignal } from '#lib/util/emitter.ts'

/** The part of `sessionStorage` that is used. */
type ChoiceStorage = Pick<Storage, 'getItem' | 'setItem'>

/** How many earlier choices of a system are remembered. */
const REMEMBERED = 24

/** By system the destinations that were shown, the latest first. */
const choicesSchema = z.record(z.string(), z.array(z.string()).max(REMEMBERED))
type Choices = z.infer<typeof choicesSchema>

/**
 * Which destination each lane shows: this tab's own choice in one room, so that one person's choice moves no other
 * person's lane. Outlives a reload of the tab.
 */
export interface LaneChoice {
  /** Turns to a room's own choices. */
  enter(room: string): void
  choose(system: SystemId, destination: string): void
  /** The one to show: the last chosen that is there, else the first. `mode`: among those of that mode only. */
  among(system: SystemId, there: readonly Destination[], mode?: Mode): Destination | undefined
  subscribe(listener: () => void): () => void
}

const keyOf = (room: string) => `switchboard.lanes.${room}`

/** Storage may be forbidden or hold anything: the choice then lasts as long as the page. */
function read(storage: ChoiceStorage | null, room: string): Choices {
  try {
    const parsed = choicesSchema.safeParse(JSON.parse(storage?.getItem(keyOf(room)) ?? '{}'))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}

function write(storage: ChoiceStorage | null, room: string, choices: Choices): void {
  try {
    storage?.setItem(keyOf(room), JSON.stringify(choices))
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
    enter: (next) => {
      if (next === room) return
      room = next
      choices = read(storage(), room)
      changed.emit()
    },
    choose: (system, destination) => {
      const before = choices[system] ?? []
      const chosen = [destination, ...before.filter((name) => name !== destination)].slice(0, REMEMBERED)
      choices = { ...choices, [system]: chosen }
      write(storage(), room, choices)
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

function tabStorage(): ChoiceStorage | null {
  try {
    return typeof sessionStorage === 'undefined' ? null : sessionStorage
  } catch {
    // Reading the property itself throws where storage is forbidden.
    return null
  }
}

/** One page shows one room: there is one choice. */
export const laneChoice = createLaneChoice(tabStorage)
