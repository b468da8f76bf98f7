import type { Browser, Page } from 'playwright-core'
import { openChromium } from '../test/support/chromium.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { figuresBetween, type PageFigures } from './support/page-figures.ts'
import { forgetWaiting, installProbes, readProbes } from './support/page-probes.ts'

export interface ViewFigures extends PageFigures {
  eventsPerSecond: number
  /** Events the server numbered that the view was never drawn with. */
  missing: number
}

/** The panes have a bench of their own, which counts every arrival. */
const VIEWS = ['matrix', 'flow', 'timeline'] as const
const RUN_SECONDS = 20
/** Some eleven events for a message to each system (receipts, deliveries, acknowledgements, commits): 2,000 events/s and more. */
const RATE_EACH = 200
const SYSTEMS = ['rabbitmq', 'redis', 'kafka']
const SIZE_BYTES = 60
/** The page has been looked at for a moment before the load begins, as with the panes. */
const IDLE_MS = 3_000
const PATIENCE_MS = 30_000

/** Each view, or each of those that are wanted, visible and drawing, under at least 2,000 events a second. */
export async function measureViews(
  dashboard: Dashboard,
  wanted: readonly string[] = VIEWS,
): Promise<Record<string, ViewFigures>> {
  const chromium = await openChromium()
  try {
    const result: Record<string, ViewFigures> = {}
    for (const view of wanted) result[view] = await measureView(chromium, dashboard, view)
    return result
  } finally {
    await chromium.close()
  }
}

async function measureView(chromium: Browser, dashboard: Dashboard, view: string): Promise<ViewFigures> {
  const page = await chromium.newPage({ viewport: { width: 1600, height: 1000 } })
  try {
    await installProbes(page, 'view')
    await page.goto(`${dashboard.url}/r/lobby#${view}`)
    await page.locator(`#view-${view} [data-seq]`).first().waitFor({ state: 'attached' })
    await dashboard.attached()
    await page.waitForTimeout(IDLE_MS)
    return await underLoad(page, dashboard)
  } finally {
    await page.close()
  }
}

export async function underLoad(page: Page, dashboard: Dashboard): Promise<ViewFigures> {
  const { seq: first } = await dashboard.snapshot()
  await forgetWaiting(page)
  const before = await readProbes(page)
  const begun = performance.now()
  for (const system of SYSTEMS) {
    const load = { system, rate: RATE_EACH, count: RATE_EACH * RUN_SECONDS, size: SIZE_BYTES }
    await dashboard.request('POST', '/api/rooms/lobby/load', load)
  }
  await until(
    'the load to be over',
    async () => (await dashboard.snapshot()).loads.every((load) => load.state !== 'running'),
    { timeoutMs: 2 * RUN_SECONDS * 1_000, everyMs: 250 },
  )
  const during = await readProbes(page)
  const { seq: last } = await dashboard.snapshot()
  const seconds = (performance.now() - begun) / 1_000
  const after = await until(
    'the view to be drawn with everything',
    async () => {
      const reading = await readProbes(page)
      return reading.drawn >= last && reading
    },
    { timeoutMs: PATIENCE_MS, everyMs: 100 },
  ).catch(() => readProbes(page))
  return {
    eventsPerSecond: (last - first) / seconds,
    missing: Math.max(0, last - after.drawn),
    ...figuresBetween(before, during),
  }
}
