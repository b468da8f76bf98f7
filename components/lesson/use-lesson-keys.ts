import { type RefObject, useEffect, useRef } from 'react'

export interface LessonKeys {
  next(): void
  back(): void
  repeat(): void
  /** Presses the step's button. */
  press(): void
  answer(choice: number): void
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable)

/** What does something of its own when Enter or an arrow is pressed. */
const OWN_KEYS = 'button, a, [role="tab"], [role="log"], [role="radio"], summary, table, dialog, [popover]'
const hasOwnKeys = (target: EventTarget | null, panel: HTMLElement | null): boolean =>
  target instanceof HTMLElement && target !== panel && target.closest(OWN_KEYS) !== null

const LETTERS = 'abcde'

/**
 * The keys of a lesson, which a clicker sends too: Right or PageDown, Left or PageUp, R, and Enter. A to E answer only while
 * the focus is in the panel, because a clicker's blank button sends B. All rest while somebody writes.
 */
export function useLessonKeys(panel: RefObject<HTMLElement | null>, keys: LessonKeys): void {
  const now = useRef(keys)
  now.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const { target, key } = event
      if (isTyping(target) || document.querySelector(':popover-open, dialog[open]') !== null) return
      const own = hasOwnKeys(target, panel.current)
      const choice = LETTERS.indexOf(key.toLowerCase())
      const isInside = target instanceof Node && panel.current?.contains(target) === true
      if (key === 'PageDown' || (key === 'ArrowRight' && !own)) now.current.next()
      else if (key === 'PageUp' || (key === 'ArrowLeft' && !own)) now.current.back()
      else if (key === 'Enter' && !own) now.current.press()
      else if (key === 'r') now.current.repeat()
      else if (choice >= 0 && key.length === 1 && isInside) now.current.answer(choice)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [panel])
}
