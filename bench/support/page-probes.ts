import type { Page } from 'playwright-core'

/** What the probes in the page have seen so far. */
export interface PageReading {
  at: number
  frames: number
  /** Events that came over the socket. */
  events: number
  /** Arrivals the panes themselves count, summed. */
  counted: number
  toDom: number[]
  totalBlocking: number
  longestTask: number
}

declare global {
  interface Window {
    benchReading?: () => PageReading
  }
}

/**
 * Watches a page from outside its code: the socket's frames tell when a delivery arrived, the panes' newest rows tell
 * when it was shown, the browser tells of long tasks. Must be installed before the page is opened.
 */
export async function installProbes(page: Page): Promise<void> {
  // The compiler names functions by a helper of its own, which a function that is sent to a page leaves behind.
  await page.addInitScript({ content: 'globalThis.__name ??= (value) => value' })
  await page.addInitScript(() => {
    const BLOCKING_BEYOND_MS = 50
    const SAMPLES_MAX = 50_000
    /** Arrival time by message and consumer; a shown row settles itself and all that came before it in its pane. */
    const waiting = new Map<string, Array<{ messageId: string; at: number }>>()
    const reading = {
      at: 0,
      frames: 0,
      events: 0,
      counted: 0,
      toDom: [] as number[],
      totalBlocking: 0,
      longestTask: 0,
    }

    const note = (data: string) => {
      if (!data.startsWith('42["events"')) return
      const at = performance.now()
      const [, payload] = JSON.parse(data.slice(2)) as [
        string,
        { events: Array<{ kind: string; consumer?: string; messageId?: string }> },
      ]
      reading.events += payload.events.length
      for (const event of payload.events) {
        if (event.kind !== 'delivered' || !event.consumer || !event.messageId) continue
        const queue = waiting.get(event.consumer) ?? []
        if (queue.length === 0) waiting.set(event.consumer, queue)
        queue.push({ messageId: event.messageId, at })
      }
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
      for (const log of document.querySelectorAll<HTMLElement>('[role="log"][data-consumer]')) {
        const queue = waiting.get(log.dataset.consumer ?? '')
        if (!queue || queue.length === 0) continue
        const newest = [...log.querySelectorAll<HTMLElement>('[data-message-id]')].map(
          (row) => row.dataset.messageId,
        )
        const shown = queue.findLastIndex((arrival) => newest.includes(arrival.messageId))
        for (const arrival of queue.splice(0, shown + 1))
          if (reading.toDom.length < SAMPLES_MAX) reading.toDom.push(now - arrival.at)
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

    window.benchReading = () => {
      const panes = [...document.querySelectorAll<HTMLElement>('[data-arrivals]')]
      const counted = panes.reduce((sum, pane) => sum + Number(pane.dataset.arrivals), 0)
      return { ...reading, counted, at: performance.now() }
    }
  })
}

export async function readProbes(page: Page): Promise<PageReading> {
  return await page.evaluate(() => {
    if (!window.benchReading) throw new Error('the probes are not installed')
    return window.benchReading()
  })
}
