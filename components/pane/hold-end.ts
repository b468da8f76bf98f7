/**
 * Keeps the newest row of following logs in sight. All logs of one commit are served together: first every write of a
 * scroll position, then every reading of places, then every clip, so that the page is laid out once and not once a log.
 */

/** Beyond every log's end; the browser stops at the end. */
const FAR_DOWN_PX = 1e9

/** A row's own upper padding: as long as only that is cut, its words are whole. */
const ROW_AIR_PX = 4

interface Held {
  element: HTMLElement
  /** Also hide the row that the upper edge would cut through. */
  clip: boolean
  /** Where it was held the last time, pixels. */
  heldTop: number
  onHeld(scrollTop: number): void
  /** The reader has scrolled up since it was last held: it is left where it is. */
  onLeft(): void
}

/** A reader who moves up by less than this has not left the end. */
export const LEAVE_PX = 8

export const distanceFromEnd = (element: HTMLElement): number =>
  element.scrollHeight - element.clientHeight - element.scrollTop

const hasLeft = ({ element, heldTop }: Held) =>
  element.scrollTop < heldTop - LEAVE_PX && distanceFromEnd(element) > LEAVE_PX

const due = new Map<HTMLElement, Held>()

/** Before the next paint; asking again before then changes nothing but the latest wish. */
export function holdEnd(held: Held): void {
  if (due.size === 0) queueMicrotask(holdAll)
  const asked = due.get(held.element)
  due.set(held.element, { ...held, heldTop: Math.min(held.heldTop, asked?.heldTop ?? held.heldTop) })
}

function holdAll(): void {
  const asked = [...due.values()]
  due.clear()
  const left = asked.filter(hasLeft)
  const all = asked.filter((held) => !left.includes(held))
  for (const { element } of all) element.scrollTop = FAR_DOWN_PX
  const clips = all.map(({ element, clip }) =>
    clip ? clipFor(element) : { list: listOf(element), inset: '' },
  )
  for (const { element, onHeld } of all) onHeld(element.scrollTop)
  for (const { onLeft } of left) onLeft()
  for (const { list, inset } of clips) if (list && list.style.clipPath !== inset) list.style.clipPath = inset
}

const listOf = (element: HTMLElement) => element.querySelector<HTMLElement>('[data-part="rows"]')

/** What is seen can be read: the row at the upper edge is drawn whole or not at all. */
function clipFor(element: HTMLElement): { list: HTMLElement | null; inset: string } {
  const list = listOf(element)
  if (!list) return { list, inset: '' }
  const rows = [...list.children].filter((row): row is HTMLElement => row instanceof HTMLElement)
  const first = rows.find((row) => row.offsetTop + ROW_AIR_PX >= element.scrollTop)
  if (first === rows[0]) return { list, inset: '' }
  if (first) return { list, inset: `inset(${Math.max(0, first.offsetTop - list.offsetTop)}px 0px 0px)` }
  return { list, inset: rows.at(-1)?.matches('[data-traced]') ? '' : 'inset(100% 0px 0px)' }
}
