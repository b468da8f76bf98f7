'use client'

import { type RefObject, useEffect } from 'react'

/** What can have the focus. A radio group has arrows of its own, and a floating box is a place of its own. */
const CONTROLS = 'button, a[href], input, select, textarea'
const ELSEWHERE = '[popover], [role="radiogroup"], [role="tablist"]'
const STEP: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowLeft: -1 }

interface Roving {
  /** The parts of the box whose controls belong together; all of it where nothing is given. */
  parts?: string | undefined
  /** Controls that stay stops of their own. */
  except?: string | undefined
}

const partsOf = (box: HTMLElement, { parts }: Roving): HTMLElement[] =>
  parts === undefined ? [box] : [...box.querySelectorAll<HTMLElement>(parts)]

function controlsOf(box: HTMLElement, roving: Roving): HTMLElement[] {
  const left = roving.except === undefined ? ELSEWHERE : `${ELSEWHERE}, ${roving.except}`
  return partsOf(box, roving)
    .flatMap((part) => [...part.querySelectorAll<HTMLElement>(CONTROLS)])
    .filter((element) => !element.matches(':disabled') && element.closest(left) === null)
}

/** In a field an arrow moves the caret until it stands at that end of the text. */
function staysInField(target: HTMLElement, step: 1 | -1): boolean {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return false
  const { selectionStart, selectionEnd, value } = target
  if (selectionStart !== selectionEnd) return true
  return selectionStart !== (step === 1 ? value.length : 0)
}

/** Which control an arrow, Home or End leads to; null where the key is for something else. */
function nextOf(controls: readonly HTMLElement[], target: HTMLElement, key: string): HTMLElement | null {
  const step = STEP[key]
  const isField = target.matches('input, textarea, select')
  if (step === undefined) {
    if (isField) return null
    return (key === 'Home' ? controls[0] : key === 'End' ? controls.at(-1) : null) ?? null
  }
  if (staysInField(target, step)) return null
  return controls[controls.indexOf(target) + step] ?? target
}

/**
 * Gives a box's controls one stop among the page's Tab stops, as in a toolbar: Tab leads to the control that had the focus
 * last, arrows from one to the next, Home and End to the first and the last. A box that rests (`data-resting`) has no stop.
 */
function keepOneStop(box: HTMLElement, roving: Roving): () => void {
  let last: HTMLElement | null = null
  const refresh = () => {
    const all = controlsOf(box, roving)
    const isThere = last !== null && all.includes(last) && last.checkVisibility()
    if (!isThere) last = all.find((element) => element.checkVisibility()) ?? null
    const rests = box.hasAttribute('data-resting')
    for (const element of all) element.tabIndex = !rests && element === last ? 0 : -1
  }
  let frame = 0
  const refreshSoon = () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(refresh)
  }
  const onFocus = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement) || !controlsOf(box, roving).includes(target)) return
    last = target
    refresh()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    const { target, key } = event
    if (!(target instanceof HTMLElement)) return
    const controls = controlsOf(box, roving).filter((element) => element.checkVisibility())
    const next = controls.includes(target) ? nextOf(controls, target, key) : null
    if (next === null) return
    next.focus()
    event.preventDefault()
    event.stopPropagation()
  }
  const changes = new MutationObserver(refreshSoon)
  for (const part of partsOf(box, roving)) {
    changes.observe(part, { childList: true, subtree: true, attributeFilter: ['disabled', 'hidden'] })
  }
  const rest = new MutationObserver(refreshSoon)
  rest.observe(box, { attributeFilter: ['data-resting'] })
  const sizes = new ResizeObserver(refreshSoon)
  sizes.observe(box)
  box.addEventListener('focusin', onFocus)
  box.addEventListener('keydown', onKey)
  refreshSoon()
  return () => {
    cancelAnimationFrame(frame)
    for (const observer of [changes, rest, sizes]) observer.disconnect()
    box.removeEventListener('focusin', onFocus)
    box.removeEventListener('keydown', onKey)
  }
}

/** One Tab stop for the controls of a box; see `keepOneStop`. */
export function useOneStop(box: RefObject<HTMLElement | null>, { parts, except }: Roving = {}): void {
  useEffect(
    () => (box.current ? keepOneStop(box.current, { parts, except }) : undefined),
    [box, parts, except],
  )
}
