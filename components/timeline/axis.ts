import { formatTime } from '../ui/format.ts'
import { TICK_MIN_PX, type TimeWindow, ticks, xOf } from './window.ts'

/** The labels of the time axis. The same elements are moved from frame to frame. */

const SECOND_MS = 1_000
/** The width of a label, at most. */
const LABEL_PX = 96

/** `10:24:18`, or `10:24:18.250` where seconds are too coarse. */
function labelOf(at: number, step: number): string {
  if (step >= SECOND_MS) return formatTime(at)
  return `${formatTime(at)}.${String(Math.round(at % SECOND_MS)).padStart(3, '0')}`
}

export function createAxis(axis: HTMLElement) {
  const labels: HTMLElement[] = []
  const label = (index: number): HTMLElement => {
    const known = labels[index]
    if (known) return known
    const made = document.createElement('span')
    made.className = 'absolute top-0 left-1 whitespace-nowrap'
    axis.append(made)
    labels.push(made)
    return made
  }
  return {
    draw: (window: TimeWindow, now: number, width: number) => {
      const { step, times } = ticks(window, now, width, TICK_MIN_PX)
      times.forEach((at, index) => {
        const element = label(index)
        const text = labelOf(at, step)
        if (element.textContent !== text) element.textContent = text
        const x = Math.round(xOf(at, window, now, width))
        element.style.transform = `translateX(${x}px)`
        // Half a label says another time.
        element.hidden = x < 0 || x > width - LABEL_PX
      })
      for (const spare of labels.slice(times.length)) spare.hidden = true
    },
  }
}
