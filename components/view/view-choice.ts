import { useSyncExternalStore } from 'react'

/** The views of a room. All of them draw the same events; each page chooses its own view. */
export const VIEW_IDS = ['panes', 'matrix', 'flow', 'timeline', 'chat'] as const
export type ViewId = (typeof VIEW_IDS)[number]

export const isViewId = (text: string): text is ViewId => VIEW_IDS.some((id) => id === text)

/** The view is the URL's fragment, so that it can be linked to and survives a reload. */
export function currentView(): ViewId {
  const named = location.hash.slice(1)
  return isViewId(named) ? named : 'panes'
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

/** Shows another view without adding an entry to the browser's history. */
export function chooseView(view: ViewId): void {
  if (view === currentView()) return
  history.replaceState(history.state, '', view === 'panes' ? location.pathname + location.search : `#${view}`)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

export const useView = (): ViewId => useSyncExternalStore(subscribe, currentView, () => 'panes' as const)
