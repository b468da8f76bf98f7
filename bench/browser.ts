import type { Page } from 'playwright-core'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { openChromium } from '../test/support/chromium.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { installProbes, type PageReading, readProbes } from './support/page-probes.ts'
import { percentiles } from './support/stats.ts'

export interface Browser {
  /** Deliveries the server told of during the run, and those counted in panes; equal when nothing is missing. */
  delivered: number
  counted: number
  /** From a delivery's arrival in the page until a row that new is in the DOM of its pane, milliseconds. */
  toDomP50: number
  toDomP99: number
  /** Milliseconds of tasks beyond 50 ms each, and the longest task. */
  totalBlocking: number
  longestTask: number
  framesPerSecond: number
  framesPerSecondIdle: number
  /** Bytes of heap after a forced collection, at event 100,000 and at 1,000,000. */
  heapEarly: number
  heapLate: number
  heapGrowth: number
}

const RUN_SECONDS = 20
/** 400 messages a second on each system are 400 + 800 + 800 = 2,000 deliveries in the lobby's seven panes. */
const RATE_EACH = 400
const SYSTEMS = ['rabbitmq', 'redis', 'kafka']
const SIZE_BYTES = 60
const IDLE_MS = 3_000
/** The feed for the heap: three events a message, so about 12,000 events a second. */
const HEAP_RATE = 4_000
const EVENTS_PER_MESSAGE = 3
const HEAP_MARKS = [100_000, 1_000_000] as const
const PATIENCE_MS = 240_000

/** Seven visible panes under 2,000 deliveries a second, then the same page fed a million events. */
export async function measureBrowser(dashboard: Dashboard): Promise<Browser> {
  const chromium = await openChromium()
  try {
    const page = await chromium.newPage({ viewport: { width: 1600, height: 1000 } })
    await installProbes(page)
    await page.goto(dashboard.url)
    await page.getByRole('log').nth(6).waitFor()
    await dashboard.attached()
    const idle = await frames(page, IDLE_MS)
    const run = await underLoad(page, dashboard)
    const heap = await heapAtMarks(page, dashboard)
    return { ...run, framesPerSecondIdle: idle, ...heap }
  } finally {
    await chromium.close()
  }
}

async function frames(page: Page, forMs: number): Promise<number> {
  const before = await readProbes(page)
  await page.waitForTimeout(forMs)
  const after = await readProbes(page)
  return ((after.frames - before.frames) * 1000) / (after.at - before.at)
}

const loadsAreOver = async (dashboard: Dashboard) =>
  (await dashboard.snapshot()).loads.every((load) => load.state !== 'running')

async function underLoad(page: Page, dashboard: Dashboard) {
  const { seq } = await dashboard.snapshot()
  const before = await readProbes(page)
  await Promise.all(
    SYSTEMS.map((system) =>
      dashboard.request('POST', '/api/rooms/lobby/load', {
        system,
        rate: RATE_EACH,
        count: RATE_EACH * RUN_SECONDS,
        size: SIZE_BYTES,
      }),
    ),
  )
  const delivered = await countDeliveries(dashboard, seq)
  const after = await until(
    'the page to count every delivery',
    async () => {
      const now = await readProbes(page)
      return now.counted - before.counted >= delivered && now
    },
    { timeoutMs: 20_000, everyMs: 100 },
  ).catch(() => readProbes(page))
  const toDom = percentiles(after.toDom)
  return {
    delivered,
    counted: after.counted - before.counted,
    toDomP50: toDom.p50,
    toDomP99: toDom.p99,
    totalBlocking: after.totalBlocking - before.totalBlocking,
    longestTask: after.longestTask,
    framesPerSecond: ((after.frames - before.frames) * 1000) / (after.at - before.at),
  }
}

/** Counts deliveries from the numbered stream itself, page by page, until the load is over. */
async function countDeliveries(dashboard: Dashboard, from: number): Promise<number> {
  let since = from
  let delivered = 0
  let over = false
  while (true) {
    const events: RoomEvent[] = await dashboard.events(since)
    delivered += events.filter((event) => event.kind === 'delivered').length
    since = events.at(-1)?.seq ?? since
    if (over && events.every((event) => event.kind !== 'delivered')) return delivered
    over = await loadsAreOver(dashboard)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function heapAtMarks(page: Page, dashboard: Dashboard) {
  const session = await page.context().newCDPSession(page)
  const collected = async () => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
  const sizes: number[] = []
  for (const mark of HEAP_MARKS) {
    const reading: PageReading = await readProbes(page)
    const messages = Math.max(1, Math.ceil((mark - reading.events) / EVENTS_PER_MESSAGE))
    await dashboard.request('POST', '/api/rooms/lobby/load', {
      system: 'redis',
      rate: HEAP_RATE,
      count: messages,
      size: SIZE_BYTES,
    })
    await until(
      `the page to have seen ${mark} events`,
      async () => (await loadsAreOver(dashboard)) && (await readProbes(page)).events >= mark * 0.99,
      { timeoutMs: PATIENCE_MS, everyMs: 500 },
    )
    sizes.push(await collected())
  }
  const [heapEarly = Number.NaN, heapLate = Number.NaN] = sizes
  return { heapEarly, heapLate, heapGrowth: heapLate / heapEarly - 1 }
}
