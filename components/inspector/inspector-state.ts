import { useSyncExternalStore } from 'react'
import type { Feed } from '#lib/feed/feed.ts'

/** What the inspector shows of the traced message: which system's side of it, and which consumer's program. */
export interface InspectorState {
  open: boolean
  system: string | null
  consumer: string | null
  /** It was opened by key, and wants the focus. */
  takesFocus?: boolean
}

const CLOSED: InspectorState = { open: false, system: null, consumer: null }

let state = CLOSED
/** Whether opening the inspector pinned the message: then closing releases it. */
let pinnedHere = false
/** What had the focus before the inspector took it by key: it gets the focus back. */
let focusedBefore: HTMLElement | null = null
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

/** Opens the inspector on a message, by default the traced one, and pins it, so that no newer message replaces it. */
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
  focusedBefore?.focus()
  focusedBefore = null
}

export const toggleInspector = (feed: Feed): void => {
  if (state.open) closeInspector(feed)
  else openInspector(feed)
}

/** By key the focus goes into the inspector, and back to where it was. */
export function toggleInspectorByKey(feed: Feed): void {
  const { activeElement } = document
  toggleInspector(feed)
  if (!state.open) return
  focusedBefore =
    activeElement instanceof HTMLElement && activeElement !== document.body ? activeElement : null
  set({ ...state, takesFocus: true })
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
