import type { Browser, Locator, Page } from 'playwright-core'
import { type TestBrokers, testBrokers, uniqueName } from './brokers.ts'
import { openChromium } from './chromium.ts'
import { type Dashboard, startDashboard } from './dashboard.ts'
import { createPagePool, type PageOptions, type PagePool } from './page-pool.ts'

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
  /** A fresh room, all of whose consumers are attached; it is removed after the test, or after the file. */
  room(options?: { forFile?: boolean }): Promise<string>
  /** Resolves once the page knows its room, or that there is none. */
  open(room: string, options?: PageOptions): Promise<DeskPage>
  /** A page that shows nothing yet. */
  page(options?: PageOptions): Promise<Page>
  /** Asks the room for something by HTTP, which must succeed. */
  post(room: string, path: string, body?: object): Promise<void>
  /** Leaves every page and removes the test's rooms, so that no test pays for the rooms of another; for `afterEach`. */
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
    // Chromium asks for it on behalf of the bare document that a page shows before its test begins, and may be late.
    const isIcon = message.location().url.endsWith('/favicon.ico')
    if (message.type() === 'error' && !isIcon) faults.push(message.text())
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
    verdict: (system) => lane(system).locator('[data-part="verdict"]'),
    sendToAll: (text) => write('Message to all three brokers', text),
    sendTo: (label, text) => write(`Message to ${label}`, text),
  }
}

/** A room's name of this test alone, short enough to be one. */
const roomName = () => uniqueName('desk').slice(-ROOM_NAME_MAX_CHARS).replace(/^-+/, '')

/** A Chromium, the dashboard on the brokers of the run, and a room made ahead: shared by all files of a worker. */
interface Shared {
  chromium: Promise<{ browser: Browser; pages: PagePool }>
  dashboard?: Promise<Dashboard>
  nextRoom?: Promise<string>
}
/** Lives as long as the worker, whose files run one after another without isolation; both end with its process. */
const SHARED = Symbol.for('switchboard.test.desk')
const holder = globalThis as { [SHARED]?: Shared }

function sharedDesk(): Shared {
  holder[SHARED] ??= {
    chromium: openChromium().then((browser) => ({ browser, pages: createPagePool(browser) })),
  }
  return holder[SHARED]
}

/** Rooms of the shared dashboard. The next one attaches its consumers while a test uses the one before. */
function createRoomStock(dashboard: Dashboard, shared: Shared) {
  const make = async () => {
    const room = roomName()
    await dashboard.request('PUT', `/api/rooms/${room}`)
    await dashboard.attached(room)
    return room
  }
  return async () => {
    const room = await (shared.nextRoom ?? make())
    shared.nextRoom = make()
    // It fails where it is asked for.
    shared.nextRoom.catch(() => undefined)
    // It may have fallen asleep: asking for it wakes it.
    await dashboard.attached(room)
    return room
  }
}

/**
 * The shared dashboard and browser. With `brokers` of its own, some of which may not be there, the dashboard is this
 * file's alone; `env` is its environment.
 */
export async function openDesk(
  brokers?: Partial<TestBrokers>,
  env: Record<string, string> = {},
): Promise<TestDesk> {
  const shared = sharedDesk()
  if (!brokers) shared.dashboard ??= startDashboard(testBrokers())
  const [dashboard, { browser, pages }] = await Promise.all([
    brokers
      ? startDashboard({ ...testBrokers(), ...brokers }, env)
      : (shared.dashboard as Promise<Dashboard>),
    shared.chromium,
  ])
  const takeRoom = brokers
    ? async () => {
        const room = roomName()
        await dashboard.request('PUT', `/api/rooms/${room}`)
        return room
      }
    : createRoomStock(dashboard, shared)
  const rooms = { ofTest: [] as string[], ofFile: [] as string[] }
  const removals: Promise<unknown>[] = []
  const remove = (names: string[]) => {
    for (const room of names.splice(0)) removals.push(dashboard.request('DELETE', `/api/rooms/${room}`))
  }
  return {
    dashboard,
    browser,
    room: async ({ forFile = false } = {}) => {
      const room = await takeRoom()
      ;(forFile ? rooms.ofFile : rooms.ofTest).push(room)
      return room
    },
    open: async (room, options) => {
      const desk = deskPage(await pages.take(dashboard.url, options))
      await desk.page.goto(`${dashboard.url}/r/${room}`)
      await desk.page.locator(NOT_YET_LIVE).waitFor({ state: 'detached' })
      return desk
    },
    page: (options) => pages.take(dashboard.url, options),
    post: async (room, path, body) => {
      const answer = await dashboard.request('POST', `/api/rooms/${room}/${path}`, body)
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    },
    tidy: async () => {
      await pages.release()
      remove(rooms.ofTest)
    },
    close: async () => {
      remove(rooms.ofFile)
      await Promise.all(removals)
      if (brokers) await dashboard.close()
    },
  }
}
