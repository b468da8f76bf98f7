import { formatTime } from '../ui/format.ts'
import { TICK_PX } from './draw.ts'
import { type TimeWindow, ticks, xOf } from './window.ts'

/** The axis in the page: a few labels that are moved, not made anew. */

const SECOND_MS = 1_000

/** `10:24:18`, or `10:24:18.250` where seconds are too coarse. */
function labelOf(at: number, step: number): string {
  if (step >= SECOND_MS) return formatTime(at)
  return `${formatTime(at)}.${String(Math.round(at % SECOND_MS)).padStart(3, '0')}`
}

export function createAxis(element: HTMLElement) {
  const labels: HTMLElement[] = []
  const label = (index: number): HTMLElement => {
    const known = labels[index]
    if (known) return known
    const made = document.createElement('span')
    element.append(made)
    labels.push(made)
    return made
  }
  return {
    draw: (window: TimeWindow, now: number, width: number) => {
      const { step, times } = ticks(window, now, width, TICK_PX)
      times.forEach((at, index) => {
        const place = label(index)
        const words = labelOf(at, step)
        if (place.textContent !== words) place.textContent = words
        place.style.transform = `translateX(${Math.round(xOf(at, window, now, width))}px)`
        place.hidden = false
      })
      for (const spare of labels.slice(times.length)) spare.hidden = true
    },
  }
}
