import { useSyncExternalStore } from 'react'

/**
 * Whether the first minute is shown. `offered`: to somebody who has never seen it, as one line. `running`: its steps, in
 * a room that had numbered `since` messages when it began. `off`: it was seen or put away, and comes only when asked for.
 */
export type GuideState = { state: 'off' } | { state: 'offered' } | { state: 'running'; since: number }

/** `public/theme.js` reads it before the first paint, and sets `data-guide` on the page, so that nothing moves later. */
const GUIDE_KEY = 'switchboard.guide'
const OFF: GuideState = { state: 'off' }
const OFFERED: GuideState = { state: 'offered' }

let state: GuideState | null = null
const listeners = new Set<() => void>()

const read = (): GuideState =>
  (state ??= document.documentElement.dataset.guide === undefined ? OFF : OFFERED)

function set(next: GuideState): void {
  state = next
  for (const listener of listeners) listener()
}

/** Begins with the first step, also for somebody who has seen it before. */
export function startGuide(since: number): void {
  document.documentElement.dataset.guide = 'shown'
  set({ state: 'running', since })
}

/** Puts it away, and remembers in this browser that it was seen. */
export function endGuide(): void {
  delete document.documentElement.dataset.guide
  try {
    localStorage.setItem(GUIDE_KEY, 'seen')
  } catch {
    // Without storage it stays away as long as the page.
  }
  set(OFF)
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The server renders the offer, which its stylesheet hides from whoever has seen it. */
export const useGuide = (): GuideState => useSyncExternalStore(subscribe, read, () => OFFERED)
