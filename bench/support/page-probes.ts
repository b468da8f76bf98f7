import type { Page } from 'playwright-core'

/** What the probes in the page have seen so far. */
export interface PageReading {
  at: number
  frames: number
  /** Events that came over the socket, and the number of the last one. */
  events: number
  arrived: number
  /** Arrivals the panes themselves count, summed. */
  counted: number
  /** The last event that the view was drawn with. */
  drawn: number
  /**
   * From arrival over the socket until shown, milliseconds: for each delivery until a row that new is in its pane, for
   * each packet until the view was drawn with it.
   */
  toScreen: number[]
  /** Milliseconds of each task longer than 50 ms, in order. */
  longTasks: number[]
}

declare global {
  interface Window {
    benchReading?: () => PageReading
    benchForgetWaiting?: () => void
  }
}

/**
 * Watches a page from outside its code. What has arrived is seen where the page itself takes a packet apart; what is
 * shown, in the newest rows of its panes or in a view's own `data-seq`; long tasks are reported by the browser. Must be
 * installed before the page is opened.
 */
export async function installProbes(page: Page, shows: 'panes' | 'view'): Promise<void> {
  // The compiler names functions by a helper of its own, which a function that is sent to a page leaves behind.
  await page.addInitScript({ content: 'globalThis.__name ??= (value) => value' })
  await page.addInitScript((what) => {
    const SAMPLES_MAX = 50_000
    const reading = {
      at: 0,
      frames: 0,
      events: 0,
      arrived: 0,
      drawn: 0,
      toScreen: [] as number[],
      longTasks: [] as number[],
    }
    const shown = (forMs: number) => {
      if (reading.toScreen.length < SAMPLES_MAX) reading.toScreen.push(forMs)
    }
    type Packet = Array<{ seq: number; kind: string; consumer?: string; messageId?: string }>

    /** A shown row settles itself and all that came before it in its pane. */
    function watchPanes() {
      const waiting = new Map<string, Array<{ messageId: string; at: number }>>()
      const lookAt = (log: HTMLElement, now: number) => {
        const queue = waiting.get(log.dataset.consumer ?? '')
        if (!queue || queue.length === 0) return
        const rows = [...log.querySelectorAll<HTMLElement>('[data-message-id]')]
        const newest = rows.map((row) => row.dataset.messageId)
        const last = queue.findLastIndex((arrival) => newest.includes(arrival.messageId))
        for (const arrival of queue.splice(0, last + 1)) shown(now - arrival.at)
      }
      return {
        take(events: Packet, at: number) {
          for (const { kind, consumer, messageId } of events) {
            if (kind !== 'delivered' || !consumer || !messageId) continue
            const queue = waiting.get(consumer) ?? []
            if (queue.length === 0) waiting.set(consumer, queue)
            queue.push({ messageId, at })
          }
        },
        look(now: number) {
          for (const log of document.querySelectorAll<HTMLElement>('[role="log"][data-consumer]'))
            lookAt(log, now)
        },
        forget: () => waiting.clear(),
      }
    }

    /** A view drawn with an event was drawn with all before it. */
    function watchView() {
      const waiting: Array<{ seq: number; at: number }> = []
      return {
        take: (_: Packet, at: number) => void waiting.push({ seq: reading.arrived, at }),
        look(now: number) {
          const marked = document.querySelector<HTMLElement>('main [data-seq]')
          reading.drawn = Number(marked?.dataset.seq ?? 0)
          while (waiting[0] && waiting[0].seq <= reading.drawn) {
            shown(now - waiting[0].at)
            waiting.shift()
          }
        },
        forget: () => void waiting.splice(0),
      }
    }

    const watch = what === 'panes' ? watchPanes() : watchView()
    const parse = JSON.parse
    JSON.parse = (...given) => {
      const packet = parse(...given)
      if (!Array.isArray(packet) || packet[0] !== 'events') return packet
      const { events } = packet[1] as { events: Packet }
      reading.events += events.length
      reading.arrived = events.at(-1)?.seq ?? reading.arrived
      watch.take(events, performance.now())
      return packet
    }
    const look = () => {
      reading.frames += 1
      watch.look(performance.now())
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) reading.longTasks.push(duration)
    }).observe({ type: 'longtask' })

    window.benchForgetWaiting = watch.forget
    window.benchReading = () => {
      const panes = [...document.querySelectorAll<HTMLElement>('[data-arrivals]')]
      const counted = panes.reduce((sum, pane) => sum + Number(pane.dataset.arrivals), 0)
      return { ...reading, counted, at: performance.now() }
    }
  }, shows)
}

export async function readProbes(page: Page): Promise<PageReading> {
  return await page.evaluate(() => {
    if (!window.benchReading) throw new Error('the probes are not installed')
    return window.benchReading()
  })
}

/** What arrived in a quiet room and changed nothing to be drawn is not waited for. */
export const forgetWaiting = (page: Page): Promise<void> => page.evaluate(() => window.benchForgetWaiting?.())
