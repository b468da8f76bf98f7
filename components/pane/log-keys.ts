import type { KeyboardEvent, MouseEvent } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { Follow } from './use-follow.ts'

const PANE_LOG = '[role="log"]'
/** A page up leaves a little of what was read in sight. */
const PAGE_SHARE = 0.9

/** A click on a row points at its message in every lane; a click on the pointed one lets go. */
export function onLogClick(event: MouseEvent<HTMLElement>, feed: Feed): void {
  if (!(event.target instanceof Element)) return
  if (event.target.closest('[data-part="settle"]')) return
  const row = event.target.closest<HTMLElement>('[data-message-id]')
  const messageId = row?.dataset.messageId
  if (!messageId || window.getSelection()?.isCollapsed === false) return
  const isPinned = feed.trace.pinned && feed.trace.messageId === messageId
  feed.pin(isPinned ? null : messageId)
}

function focusLog(from: HTMLElement, step: 1 | -1): void {
  const logs = [...document.querySelectorAll<HTMLElement>(PANE_LOG)].filter(
    (log) => log.offsetParent !== null,
  )
  const next = logs[logs.indexOf(from) + step]
  next?.focus()
  next?.closest('article')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

function focusTag(log: HTMLElement, step: 1 | -1): void {
  const tags = [...log.querySelectorAll<HTMLElement>('button[data-tag]')]
  const here = tags.indexOf(document.activeElement as HTMLElement)
  const next = here === -1 ? tags.at(-1) : tags[here + step]
  next?.focus()
}

/**
 * Keys of a log. Left and right go to the neighbouring pane. Enter goes into the rows, up and down move there, Enter
 * points at the row's message, Esc comes out again. All else scrolls, as the browser does it.
 */
export function onLogKey(event: KeyboardEvent<HTMLElement>, follow: Follow): void {
  const log = event.currentTarget
  const isInside = event.target !== log
  switch (event.key) {
    case 'ArrowLeft':
      focusLog(log, -1)
      break
    case 'ArrowRight':
      focusLog(log, 1)
      break
    case 'ArrowUp':
    case 'ArrowDown':
      if (!isInside) return
      focusTag(log, event.key === 'ArrowUp' ? -1 : 1)
      break
    case 'Enter':
      if (isInside) return
      focusTag(log, -1)
      break
    case 'End':
      follow.toEnd()
      break
    case 'Home':
    case 'PageUp':
      // The browser's own scrolling would be cut short when the history takes the tail's place.
      if (follow.history) return
      follow.goUp(event.key === 'Home' ? Number.POSITIVE_INFINITY : log.clientHeight * PAGE_SHARE)
      break
    case 'Escape':
      if (!isInside) return
      log.focus()
      event.stopPropagation()
      break
    default:
      return
  }
  event.preventDefault()
}
