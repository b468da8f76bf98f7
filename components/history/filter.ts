import { useMemo, useSyncExternalStore } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { createMatcher } from '#lib/ledger/views/search.ts'

/** The words that messages in this page's panes have to match; empty shows all. */
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

/** The same for code outside of React. */
export const filteredNow = (pane: PaneView | undefined): PaneView | undefined => only(pane, words)

/** The pane with only the matching messages. Rows about the consumer itself stay. */
export function useFiltered(pane: PaneView | undefined): PaneView | undefined {
  const wanted = useFilter()
  return useMemo(() => only(pane, wanted), [pane, wanted])
}
