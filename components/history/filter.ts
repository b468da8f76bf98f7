import { useMemo, useSyncExternalStore } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { createMatcher } from '#lib/ledger/views/search.ts'

/** The panes of this page show only what matches; empty: everything. */
let words = ''
const listeners = new Set<() => void>()

export function setFilter(next: string): void {
  words = next.trim()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useFilter = (): string =>
  useSyncExternalStore(
    subscribe,
    () => words,
    () => '',
  )

const only = (pane: PaneView | undefined, wanted: string): PaneView | undefined => {
  const matches = createMatcher(wanted)
  if (!pane || !matches) return pane
  const rows = pane.rows.filter((row) => row.type !== 'delivery' || matches(row.message))
  return { ...pane, rows, dropped: 0 }
}

/** The same outside of rendering. */
export const filteredNow = (pane: PaneView | undefined): PaneView | undefined => only(pane, words)

/** The pane with the rows that match only. What happened to the consumer itself stays, as marks between them. */
export function useFiltered(pane: PaneView | undefined): PaneView | undefined {
  const wanted = useFilter()
  return useMemo(() => only(pane, wanted), [pane, wanted])
}
