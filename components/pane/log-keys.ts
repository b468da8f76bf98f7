import type { KeyboardEvent, MouseEvent } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { onKey } from '../ui/on-key.ts'
import type { StickToEnd } from './use-stick-to-end.ts'

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

/** Answers whether it did anything. `isInside`: the focus is on a row. */
type OnKey = (log: HTMLElement, stick: StickToEnd, isInside: boolean) => boolean

/** The browser's own scrolling would be cut short when the history takes the tail's place. */
function goUp(stick: StickToEnd, pixels: number): boolean {
  if (stick.history) return false
  stick.goUp(pixels)
  return true
}

function stepTo(log: HTMLElement, step: 1 | -1): true {
  focusLog(log, step)
  return true
}

function stepInside(log: HTMLElement, step: 1 | -1, isInside: boolean): boolean {
  if (isInside) focusTag(log, step)
  return isInside
}

const ON_KEY = {
  ArrowLeft: (log) => stepTo(log, -1),
  ArrowRight: (log) => stepTo(log, 1),
  ArrowUp: (log, _stick, isInside) => stepInside(log, -1, isInside),
  ArrowDown: (log, _stick, isInside) => stepInside(log, 1, isInside),
  Enter: (log, _stick, isInside) => {
    // On a row it presses the row's number, as on any button.
    if (!isInside) focusTag(log, -1)
    return !isInside
  },
  End: (_log, stick) => {
    stick.toEnd()
    return true
  },
  Home: (_log, stick) => goUp(stick, Number.POSITIVE_INFINITY),
  PageUp: (log, stick) => goUp(stick, log.clientHeight * PAGE_SHARE),
} satisfies Record<string, OnKey>
export type LogKey = keyof typeof ON_KEY

/** Keys of a consumer's log. Esc comes out of its rows again. All else scrolls, as the browser does it. */
export function onLogKey(event: KeyboardEvent<HTMLElement>, stick: StickToEnd): void {
  const log = event.currentTarget
  const isInside = event.target !== log
  if (event.key === 'Escape' && isInside) {
    log.focus()
    event.stopPropagation()
    event.preventDefault()
    return
  }
  const act: OnKey | undefined = onKey(ON_KEY, event.key)
  if (act?.(log, stick, isInside)) event.preventDefault()
}
