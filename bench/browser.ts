import type { Page } from 'playwright-core'
import { openChromium } from '../test/support/chromium.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { metric } from './support/metrics.ts'
import { figuresBetween, framesPerSecond, type PageFigures } from './support/page-figures.ts'
import { installProbes, type PageReading, readProbes } from './support/page-probes.ts'

export interface Browser extends PageFigures {
  /** Deliveries that the server reported during the run, and those counted in panes; equal when nothing is missing. */
  delivered: number
  counted: number
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
/** How often the server is asked whether the load is over: it shares two cores with the page. */
const ASK_EVERY_MS = 1_000

/** Seven visible panes under 2,000 deliveries a second, then the same page fed a million events. */
export async function measureBrowser(dashboard: Dashboard): Promise<Browser> {
  const chromium = await openChromium()
  try {
    const page = await chromium.newPage({ viewport: { width: 1600, height: 1000 } })
    await installProbes(page, 'panes')
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
  return framesPerSecond(before, after)
}

const loadsAreOver = async (dashboard: Dashboard) =>
  (await dashboard.snapshot()).loads.every((load) => load.state !== 'running')

export async function underLoad(page: Page, dashboard: Dashboard) {
  const deliveredBefore = await deliveries(dashboard)
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
  const delivered = (await deliveriesOnceOver(dashboard)) - deliveredBefore
  const after = await until(
    'the page to count every delivery',
    async () => {
      const now = await readProbes(page)
      return now.counted - before.counted >= delivered && now
    },
    { timeoutMs: 20_000, everyMs: 100 },
  ).catch(() => readProbes(page))
  return { delivered, counted: after.counted - before.counted, ...figuresBetween(before, after) }
}

/** What arrived at consumers, by the server's own count: asking for it takes nothing from the page that is measured. */
const deliveries = (dashboard: Dashboard) => metric(dashboard, 'switchboard_deliveries_total')

async function deliveriesOnceOver(dashboard: Dashboard): Promise<number> {
  await until('the load to be over', () => loadsAreOver(dashboard), {
    timeoutMs: RUN_SECONDS * 3_000,
    everyMs: ASK_EVERY_MS,
  })
  let last = -1
  return await until(
    'the last arrivals',
    async () => {
      const now = await deliveries(dashboard)
      const still = now === last
      last = now
      return still && now
    },
    { timeoutMs: 20_000, everyMs: ASK_EVERY_MS },
  )
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
