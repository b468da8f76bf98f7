import { type RefObject, useEffect, useRef } from 'react'
import { isTyping } from '../ui/is-typing.ts'
import { onKey } from '../ui/on-key.ts'

export interface LessonKeys {
  next(): void
  back(): void
  repeat(): void
  /** Presses the step's button. */
  press(): void
  answer(choice: number): void
}

/** What does something of its own when Enter or an arrow is pressed. */
const OWN_KEYS = 'button, a, [role="tab"], [role="log"], [role="radio"], summary, table, dialog, [popover]'
const hasOwnKeys = (target: EventTarget | null, panel: HTMLElement | null): boolean =>
  target instanceof HTMLElement && target !== panel && target.closest(OWN_KEYS) !== null

const ON_KEY = {
  PageDown: 'next',
  ArrowRight: 'next',
  PageUp: 'back',
  ArrowLeft: 'back',
  Enter: 'press',
  r: 'repeat',
} as const
/** They belong to the control that has the focus, where it knows them. */
const YIELDING: readonly string[] = ['ArrowRight', 'ArrowLeft', 'Enter']
const ANSWERS = ['a', 'b', 'c', 'd', 'e'] as const

export type LessonKey = keyof typeof ON_KEY | (typeof ANSWERS)[number]

/**
 * The keys of a lesson, most of which a clicker sends too. Letters answer only while the focus is in the panel, because a
 * clicker's blank button sends B. All rest while somebody writes.
 */
export function useLessonKeys(panel: RefObject<HTMLElement | null>, keys: LessonKeys): void {
  const now = useRef(keys)
  now.current = keys
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const { target, key } = event
      if (isTyping(target) || document.querySelector(':popover-open, dialog[open]') !== null) return
      const act = onKey(ON_KEY, key)
      const choice = (ANSWERS as readonly string[]).indexOf(key.toLowerCase())
      const isInside = target instanceof Node && panel.current?.contains(target) === true
      if (act && !(YIELDING.includes(key) && hasOwnKeys(target, panel.current))) now.current[act]()
      else if (choice >= 0 && isInside) now.current.answer(choice)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [panel])
}
