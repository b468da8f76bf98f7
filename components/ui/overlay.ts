import { useSyncExternalStore } from 'react'

/** What lies over the whole page: the command palette, or the sheet of keys. `problem`: what was refused just before. */
export interface Overlay {
  shown: 'none' | 'palette' | 'keys'
  problem: string
}

const NONE: Overlay = { shown: 'none', problem: '' }
let overlay = NONE
const listeners = new Set<() => void>()

export function showOverlay(shown: Overlay['shown'], problem = ''): void {
  overlay = { shown, problem }
  for (const listener of listeners) listener()
}

/** Asked for once more, it goes. */
export const toggleOverlay = (which: Exclude<Overlay['shown'], 'none'>): void =>
  showOverlay(overlay.shown === which ? 'none' : which)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useOverlay = (): Overlay =>
  useSyncExternalStore(
    subscribe,
    () => overlay,
    () => NONE,
  )
