'use client'

import { type RefObject, useEffect } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { closeInspector, isInspectorOpen, toggleInspectorByKey } from '../inspector/inspector-state.ts'
import { resetOrAsk } from '../rooms/room-menu-state.ts'
import { hideLessonPanel, panelNow } from '../start-here/lesson-panel-state.ts'
import { isPresenting, setPresenting } from '../ui/appearance.ts'
import { isTyping } from '../ui/is-typing.ts'
import { onKey } from '../ui/on-key.ts'
import { showOverlay } from '../ui/overlay.ts'
import { chooseView } from '../view/view-choice.ts'
import { VIEWS } from '../view/views.ts'
import { afterStrayKeys, createStrayKeys, typeInto } from './stray-keys.ts'
import { SHEET_KEY } from './use-overlay-keys.ts'

const isPopoverOpen = () => document.querySelector(':popover-open') !== null

const runOf = ({ views }: Feed): string | null => views.lesson?.run ?? null

/**
 * Esc lets go of the nearest thing: an open box (the browser does that), the field one writes in, the inspector, the
 * lesson, the pinned message, present mode.
 */
function letGo(feed: Feed, target: EventTarget | null): void {
  if (isPopoverOpen()) return
  if (isTyping(target)) target.blur()
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

type Field = RefObject<HTMLTextAreaElement | null>

/** The actions of these keys are what the sheet of keys says of them. Each answers how to undo it. */
const ON_KEY = {
  '/': (_feed: Feed, field: Field) => {
    field.current?.focus()
    return () => {}
  },
  p: () => {
    const before = isPresenting()
    setPresenting(!before)
    return () => setPresenting(before)
  },
  i: (feed: Feed) => {
    const wasOpen = isInspectorOpen()
    toggleInspectorByKey(feed)
    return () => !wasOpen && closeInspector(feed)
  },
  'Shift+R': (feed: Feed) => afterStrayKeys(() => void reset(feed)),
}

export const PAGE_KEYS: readonly string[] = Object.keys(ON_KEY)

/** Only of a letter does Shift tell: elsewhere the keyboard decides what needs it. */
const nameOf = ({ key, shiftKey }: KeyboardEvent): string => (key === 'R' && shiftKey ? 'Shift+R' : key)

const isCommand = (event: KeyboardEvent): boolean =>
  onKey(ON_KEY, nameOf(event)) !== undefined ||
  VIEWS[Number(event.key) - 1] !== undefined ||
  event.key === SHEET_KEY

/** Does what a key stands for. Answers how to undo that; null where the key stands for nothing. */
function runKey(feed: Feed, field: Field, event: KeyboardEvent): (() => void) | null {
  const act = onKey(ON_KEY, nameOf(event))
  if (act) return act(feed, field)
  return showNth(event.key) ? () => {} : null
}

/**
 * The page's own keys: those of `ON_KEY`, `1` and so on for the views, Esc to let go. Never while somebody types, be it
 * without having chosen a field: then the text goes to the one that writes to all.
 */
export function usePageKeys(feed: Feed, field: Field): void {
  useEffect(() => {
    const strays = createStrayKeys()
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'Escape') {
        letGo(feed, event.target)
        return
      }
      if (isTyping(event.target)) return
      const isLoose = event.target === document.body && !event.repeat && !isPopoverOpen()
      const { key, timeStamp: at } = event
      const text = field.current && strays.press({ key, at, isLoose, isCommand: isCommand(event) })
      if (field.current && text) typeInto(field.current, text)
      else {
        const undo = runKey(feed, field, event)
        if (undo === null) return
        strays.did(undo)
      }
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [feed, field])
}
