import type { Page } from 'playwright-core'

/** What the probes of a view have seen so far. */
export interface ViewReading {
  at: number
  frames: number
  /** From an event's arrival over the socket until the view was drawn with it, milliseconds, for each packet. */
  toScreen: number[]
  /** The last event over the socket, and the last one that the view was drawn with. */
  arrived: number
  drawn: number
  totalBlocking: number
  longestTask: number
}

declare global {
  interface Window {
    viewReading?: () => ViewReading
    viewForgetWaiting?: () => void
  }
}

/**
 * Watches a view from outside its code: the socket tells when an event arrived, the view's own `data-seq` with which event it
 * was drawn last, the browser of long tasks. Must be installed before the page is opened.
 */
export async function installViewProbes(page: Page): Promise<void> {
  // The compiler names functions by a helper of its own, which a function that is sent to a page leaves behind.
  await page.addInitScript({ content: 'globalThis.__name ??= (value) => value' })
  await page.addInitScript(() => {
    const BLOCKING_BEYOND_MS = 50
    const LAST_SEQ = /"seq":(\d+)(?!.*"seq":)/s
    const waiting: Array<{ seq: number; at: number }> = []
    const reading = {
      at: 0,
      frames: 0,
      toScreen: [] as number[],
      arrived: 0,
      drawn: 0,
      totalBlocking: 0,
      longestTask: 0,
    }
    const note = (data: string) => {
      if (!data.startsWith('42["events"')) return
      // The packet's tail holds its last event; parsing all of it again would be a load of its own.
      const seq = Number(LAST_SEQ.exec(data.slice(-4_000))?.[1] ?? 0)
      reading.arrived = Math.max(reading.arrived, seq)
      waiting.push({ seq, at: performance.now() })
    }
    const NativeWebSocket = window.WebSocket
    window.WebSocket = class extends NativeWebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', (message) => typeof message.data === 'string' && note(message.data))
      }
    }
    const look = () => {
      reading.frames += 1
      const now = performance.now()
      const marked = document.querySelector<HTMLElement>('main [data-seq]')
      reading.drawn = Number(marked?.dataset.seq ?? 0)
      while (waiting[0] && waiting[0].seq <= reading.drawn) {
        reading.toScreen.push(now - waiting[0].at)
        waiting.shift()
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        reading.totalBlocking += entry.duration - BLOCKING_BEYOND_MS
        reading.longestTask = Math.max(reading.longestTask, entry.duration)
      }
    }).observe({ type: 'longtask' })
    window.viewReading = () => ({ ...reading, at: performance.now() })
    window.viewForgetWaiting = () => void waiting.splice(0)
  })
}

/** What arrived in a quiet room and changed nothing to be drawn is not waited for. */
export const forgetWaiting = (page: Page): Promise<void> => page.evaluate(() => window.viewForgetWaiting?.())

export async function readViewProbes(page: Page): Promise<ViewReading> {
  return await page.evaluate(() => {
    if (!window.viewReading) throw new Error('the probes are not installed')
    return window.viewReading()
  })
}
