'use client'

import { type RefObject, useEffect } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { closeInspector, isInspectorOpen, toggleInspectorByKey } from './inspector/inspector-state.ts'
import { resetOrAsk } from './rooms/room-menu-state.ts'
import { hideLessonPanel, panelNow } from './start-here/lesson-panel-state.ts'
import { afterStrayKeys, createStrayKeys, typeInto } from './stray-keys.ts'
import { setPresenting } from './ui/appearance.ts'
import { showOverlay } from './ui/overlay.ts'
import { chooseView } from './view/view-choice.ts'
import { VIEWS } from './view/views.ts'

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable)

const isPresenting = () => document.documentElement.dataset.present === 'true'

const isPopoverOpen = () => document.querySelector(':popover-open') !== null

const runOf = ({ views }: Feed): string | null => views.lesson?.run ?? null

/**
 * Esc lets go of the nearest thing: an open box (the browser does that), the field one writes in, the inspector, the
 * lesson, the pinned message, present mode.
 */
function letGo(feed: Feed, target: EventTarget | null): void {
  if (isPopoverOpen()) return
  if (isTyping(target) && target instanceof HTMLElement) target.blur()
  else if (isInspectorOpen()) closeInspector(feed)
  else if (panelNow(runOf(feed)) !== 'nothing') hideLessonPanel(runOf(feed))
  else if (feed.trace.pinned) feed.pin(null)
  else if (isPresenting()) setPresenting(false)
}

/** `1` shows the first view, and so on. Answers whether there is such a view. */
function showNth(key: string): boolean {
  const view = VIEWS[Number(key) - 1]
  if (view) chooseView(view.id)
  return view !== undefined
}

/** What a person may not do is said where all that can be done is listed. */
async function reset(feed: Feed): Promise<void> {
  const problem = await resetOrAsk(feed)
  if (problem) showOverlay('palette', `Reset this room: ${problem}`)
}

/** Does what a key stands for. Answers how to undo that; null where the key stands for nothing. */
function runKey(feed: Feed, key: string): (() => void) | null {
  if (key === 'p') {
    const before = isPresenting()
    setPresenting(!before)
    return () => setPresenting(before)
  }
  if (key === 'R') return afterStrayKeys(() => void reset(feed))
  if (key === 'i') {
    const wasOpen = isInspectorOpen()
    toggleInspectorByKey(feed)
    return () => !wasOpen && closeInspector(feed)
  }
  return showNth(key) ? () => {} : null
}

/**
 * The page's own keys: `/` to write to all, `1` … for the views, `i` to inspect, `p` to present, Esc to let go. Never
 * while somebody types, be it without having chosen a field: then the text goes to the one that writes to all.
 */
export function useKeys(feed: Feed, field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const strays = createStrayKeys()
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'Escape') {
        letGo(feed, event.target)
        return
      }
      if (isTyping(event.target)) return
      const isLoose = event.target === document.body && !event.repeat && !isPopoverOpen()
      const text = field.current && strays.press(event.key, event.timeStamp, isLoose)
      if (field.current && text) typeInto(field.current, text)
      else if (event.key === '/') field.current?.focus()
      else {
        const undo = runKey(feed, event.key)
        if (undo === null) return
        strays.did(undo)
      }
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [feed, field])
}
