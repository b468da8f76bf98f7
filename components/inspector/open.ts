import { useSyncExternalStore } from 'react'
import type { Feed } from '#lib/feed/feed.ts'

/** What the inspector looks at beside the traced message: one system's side of it, and one consumer's program. */
export interface InspectorState {
  open: boolean
  system: string | null
  consumer: string | null
}

const CLOSED: InspectorState = { open: false, system: null, consumer: null }

let state = CLOSED
/** The message was pinned by opening it, so closing lets it go. */
let pinnedHere = false
const listeners = new Set<() => void>()

function set(next: InspectorState): void {
  state = next
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/**
 * Opens the inspector on a message, the traced one when none is named, and pins it: it does not change under the
 * reader's eyes.
 */
export function openInspector(
  feed: Feed,
  at: { messageId?: string; system?: string; consumer?: string | undefined } = {},
): void {
  const id = at.messageId ?? feed.trace.messageId
  if (id !== null && !(feed.trace.pinned && feed.trace.messageId === id)) {
    pinnedHere = true
    feed.pin(id)
  }
  set({ open: true, system: at.system ?? state.system, consumer: at.consumer ?? null })
}

export function closeInspector(feed: Feed): void {
  if (pinnedHere) feed.pin(null)
  pinnedHere = false
  set(CLOSED)
}

export const toggleInspector = (feed: Feed): void => {
  if (state.open) closeInspector(feed)
  else openInspector(feed)
}

export const isInspectorOpen = (): boolean => state.open

/** Shows another system's side of the same message. */
export const inspectSystem = (system: string): void => set({ ...state, system, consumer: null })

/** Shows another consumer's program; null: the producer's. */
export const inspectConsumer = (consumer: string | null): void => set({ ...state, consumer })

export const useInspector = (): InspectorState =>
  useSyncExternalStore(
    subscribe,
    () => state,
    () => CLOSED,
  )
