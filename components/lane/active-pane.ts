'use client'

import { useEffect } from 'react'

/**
 * Of a lane's panes one at a time has Tab stops, its log and its controls: the one that had the focus last, else the first.
 * Arrows lead from its log to the others.
 */
export function useActivePane(panes: HTMLElement | null): void {
  useEffect(() => {
    if (!panes) return undefined
    let active: Element | undefined
    const refresh = () => {
      const all = [...panes.children]
      if (active === undefined || !all.includes(active)) active = all[0]
      for (const pane of all) {
        pane.toggleAttribute('data-resting', pane !== active)
        const log = pane.querySelector<HTMLElement>('[role="log"]')
        if (log) log.tabIndex = pane === active ? 0 : -1
      }
    }
    const onFocus = ({ target }: FocusEvent) => {
      active = [...panes.children].find((pane) => target instanceof Node && pane.contains(target)) ?? active
      refresh()
    }
    const changes = new MutationObserver(refresh)
    changes.observe(panes, { childList: true })
    panes.addEventListener('focusin', onFocus)
    refresh()
    return () => {
      changes.disconnect()
      panes.removeEventListener('focusin', onFocus)
    }
  }, [panes])
}
