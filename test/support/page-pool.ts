import type { Browser, Page } from 'playwright-core'

/** How a page is seen; all of it holds before its first paint. */
export interface PageOptions {
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  reducedMotion?: 'reduce' | 'no-preference'
  hasTouch?: boolean
}

/** Empty pages, each with storage of its own, that are used again by later tests. */
export interface PagePool {
  /** A page that shows nothing, and for which `origin` has stored nothing. */
  take(origin: string, options?: PageOptions): Promise<Page>
  /** Empties every page that was taken, and closes all others of the browser. */
  release(): Promise<void>
}

interface Seat {
  page: Page
  hasTouch: boolean
  /** The light document of the server that it showed last. */
  light: string
}

const VIEWPORT = { width: 1600, height: 1000 }
/** Answered by the dashboard with a few bytes that run no script. */
const LIGHT_PATH = '/api/health'
const HEARD_BY_TESTS = ['console', 'pageerror', 'dialog', 'download'] as const

/** To open and close a window costs Chromium a second of processor; another address in an open one costs next to nothing. */
export function createPagePool(browser: Browser): PagePool {
  const idle: Seat[] = []
  const taken: Seat[] = []

  const open = async (hasTouch: boolean): Promise<Seat> => {
    const context = await browser.newContext({ hasTouch, viewport: VIEWPORT })
    return { page: await context.newPage(), hasTouch, light: '' }
  }
  const empty = async (seat: Seat): Promise<void> => {
    for (const event of HEARD_BY_TESTS) seat.page.removeAllListeners(event)
    // Chromium runs about:blank in a new process, and the next test's page in another: half a second of processor more.
    await seat.page.goto(seat.light).catch(() => seat.page.goto('about:blank'))
    await seat.page.mouse.move(0, 0)
    idle.push(seat)
  }

  return {
    take: async (origin, { hasTouch = false, viewport = VIEWPORT, ...media } = {}) => {
      const index = idle.findIndex((seat) => seat.hasTouch === hasTouch)
      const [seat = await open(hasTouch)] = index < 0 ? [] : idle.splice(index, 1)
      taken.push(seat)
      const { page } = seat
      seat.light = `${origin}${LIGHT_PATH}`
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce', ...media })
      if (page.url() !== seat.light) await page.goto(seat.light)
      await page.evaluate(() => {
        localStorage.clear()
        sessionStorage.clear()
        // Whoever has seen the first minute is not led through it again.
        localStorage.setItem('switchboard.guide', 'seen')
      })
      return page
    },
    release: async () => {
      const reusable = taken.splice(0).filter(({ page }) => !page.isClosed())
      const kept = new Set([...reusable, ...idle].map(({ page }) => page.context()))
      await Promise.all([
        ...reusable.map(empty),
        ...browser.contexts().flatMap((context) => (kept.has(context) ? [] : [context.close()])),
      ])
    },
  }
}
