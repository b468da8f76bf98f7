import { useSyncExternalStore } from 'react'
import { createSignal } from '#lib/util/emitter.ts'

/**
 * What the panel at the right shows: the room's lesson as long as there is one, unless somebody put that run of it away;
 * or the list of all lessons.
 */
interface PanelState {
  list: boolean
  /** The run that was put away. */
  away: string | null
}

let state: PanelState = { list: false, away: null }
const INITIAL = state
const changed = createSignal<void>()

function set(next: Partial<PanelState>): void {
  state = { ...state, ...next }
  changed.emit()
}

export const showLessonList = (): void => set({ list: true })
export const showRoomLesson = (): void => set({ list: false, away: null })
/** Puts away what the panel shows; the lesson goes on in the room. */
export const hideLessonPanel = (run: string | null): void => set({ list: false, away: run ?? state.away })

export type Panel = { shows: 'nothing' } | { shows: 'list' } | { shows: 'lesson' }

export function panelOf({ list, away }: PanelState, run: string | null): Panel['shows'] {
  if (list) return 'list'
  return run !== null && run !== away ? 'lesson' : 'nothing'
}

export const panelNow = (run: string | null): Panel['shows'] => panelOf(state, run)

export const usePanel = (run: string | null): Panel['shows'] =>
  panelOf(
    useSyncExternalStore(
      changed.on,
      () => state,
      () => INITIAL,
    ),
    run,
  )
