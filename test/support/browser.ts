import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { type TestBrokers, testBrokers, uniqueName } from './brokers.ts'
import { openChromium } from './chromium.ts'
import { type Dashboard, startDashboard } from './dashboard.ts'

/** A page of the dashboard as a person has it open. */
export interface DeskPage {
  page: Page
  /** What the page logged as an error, and what it threw. */
  faults: string[]
  /** A consumer's log, by the name a screen reader reads. */
  log(name: string): Locator
  /** One system's lane. */
  lane(system: string): Locator
  verdict(system: string): Locator
  /** Writes to all three brokers and sends with Enter. */
  sendToAll(text: string): Promise<void>
  /** Writes to one broker, by its label, and sends with Enter. */
  sendTo(label: string, text: string): Promise<void>
}

/** The production build on real brokers, and a real browser before it. */
export interface TestDesk {
  dashboard: Dashboard
  browser: Browser
  /** A fresh room, all of whose consumers are attached. */
  room(): Promise<string>
  /** Resolves once the page knows its room, or that there is none. */
  open(room: string, options?: BrowserContextOptions): Promise<DeskPage>
  /** Asks the room for something by HTTP, which must succeed. */
  post(room: string, path: string, body?: object): Promise<void>
  /** Closes every page, so that no test watches the rooms of another; for `afterEach`. */
  tidy(): Promise<void>
  close(): Promise<void>
}

const ROOM_NAME_MAX_CHARS = 32
/** A page that does not know its room yet: what is done to it now, the room's first word may undo. */
const NOT_YET_LIVE = '.app:is([data-line="connecting"], [data-line="catching-up"])'

/** What a person reads there: hidden text left out, white space as one space. */
export async function wordsOf(place: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is not shown must not count as read
  return (await place.innerText()).replace(/\s+/g, ' ').trim()
}

function deskPage(page: Page): DeskPage {
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  const write = async (name: string, text: string) => {
    const field = page.getByRole('textbox', { name, exact: true })
    await field.fill(text)
    await field.press('Enter')
  }
  const lane = (system: string) => page.locator(`section[data-mode][data-system="${system}"]`)
  return {
    page,
    faults,
    log: (name) => page.getByRole('log', { name, exact: true }),
    lane,
    verdict: (system) => lane(system).getByRole('status').first(),
    sendToAll: (text) => write('Message to all three brokers', text),
    sendTo: (label, text) => write(`Message to ${label}`, text),
  }
}

/** Opens dashboard and browser; `close` ends both. `brokers` may name some that are not there. */
export async function openDesk(brokers: Partial<TestBrokers> = {}): Promise<TestDesk> {
  const [dashboard, browser] = await Promise.all([
    startDashboard({ ...testBrokers(), ...brokers }),
    openChromium(),
  ])
  const rooms: string[] = []
  return {
    dashboard,
    browser,
    room: async () => {
      const room = uniqueName('desk').slice(-ROOM_NAME_MAX_CHARS).replace(/^-+/, '')
      await dashboard.request('PUT', `/api/rooms/${room}`)
      rooms.push(room)
      if (Object.keys(brokers).length === 0) await dashboard.attached(room)
      return room
    },
    open: async (room, options = {}) => {
      const context = await browser.newContext({
        viewport: { width: 1600, height: 1000 },
        reducedMotion: 'reduce',
        ...options,
      })
      const desk = deskPage(await context.newPage())
      await desk.page.goto(`${dashboard.url}/r/${room}`)
      await desk.page.locator(NOT_YET_LIVE).waitFor({ state: 'detached' })
      return desk
    },
    post: async (room, path, body) => {
      const answer = await dashboard.request('POST', `/api/rooms/${room}/${path}`, body)
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    },
    tidy: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    close: async () => {
      await browser.close()
      for (const room of rooms) await dashboard.request('DELETE', `/api/rooms/${room}`)
      await dashboard.close()
    },
  }
}
