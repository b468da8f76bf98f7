import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { openChromium } from '../chromium.ts'
import { until } from '../until.ts'
import { SCENES, type Scene, SIZES, type Size, type Theme } from './scenes.ts'
import { momentOf, type RoomScript, scriptedRooms } from './scripted-rooms.ts'
import { serveScripted } from './scripted-server.ts'

/** A page is at rest once two pictures of it in a row are the same; a page that never rests is given up after so many. */
const PICTURES_MAX = 12
const BETWEEN_PICTURES_MS = 150
const STEP_TIMEOUT_MS = 20_000
/** The address on every picture; the browser finds the server behind it. */
const HOST = 'switchboard.test'

export interface TakeOptions {
  /** A checkout of this project that `next build` has built. */
  root: string
  /** Where the PNGs go. */
  folder: string
  /** Takes only pictures whose name matches this regular expression. */
  only?: string
  report(line: string): void
}

/** A picture of the whole page resizes it for a moment, and what snaps would then snap to another place. */
const PICTURE = {
  fullPage: true,
  animations: 'disabled',
  style: '* { scroll-snap-type: none !important; }',
} as const

async function atRest(page: Page): Promise<Buffer> {
  let before = await page.screenshot(PICTURE)
  for (let taken = 1; taken < PICTURES_MAX; taken += 1) {
    await sleep(BETWEEN_PICTURES_MS)
    const now = await page.screenshot(PICTURE)
    if (now.equals(before)) return now
    before = now
  }
  return before
}

/** A visitor whose name and colour are known, at the scene's own time of day, with nothing moving. */
async function openPage(browser: Browser, size: Size, theme: Theme, now: number): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  await context.addInitScript(() => {
    localStorage.setItem('switchboard.me', JSON.stringify({ name: 'Heron', colour: 4 }))
    localStorage.setItem('switchboard.guide', 'seen')
    localStorage.setItem('switchboard.person', 'pictures')
  })
  const page = await context.newPage()
  page.setDefaultTimeout(STEP_TIMEOUT_MS)
  await page.clock.setFixedTime(now)
  return page
}

/**
 * How many messages a second just came is measured by a clock that does not stand still, and looked at again only when
 * the time of day moves on.
 */
async function ratesGone(page: Page, now: number): Promise<void> {
  const rates = page.getByText(/^\+\d+\/s$/).filter({ visible: true })
  let passedMs = 0
  await until('the rates to be gone', async () => {
    passedMs += 1
    await page.clock.setFixedTime(now + passedMs)
    return (await rates.count()) === 0
  })
  await page.clock.setFixedTime(now)
}

async function takeOne(browser: Browser, url: string, shot: Shot): Promise<Buffer> {
  const { scene, size, theme, now } = shot
  const page = await openPage(browser, size, theme, now)
  try {
    await page.goto(`${url}${scene.path}`)
    const isSettled =
      scene.room === null || scene.room === 'silent' ? 'main' : '[data-line="live"], main.page'
    await page.locator(isSettled).first().waitFor()
    await page.evaluate(() => document.fonts.ready)
    await scene.steps?.(page, size)
    await page.mouse.move(0, 0)
    if (scene.room !== null) await ratesGone(page, now)
    return await atRest(page)
  } finally {
    await page.context().close()
  }
}

interface Shot {
  name: string
  scene: Scene
  size: Size
  theme: Theme
  now: number
}

function shotsOf(rooms: ReadonlyMap<string, RoomScript>): Shot[] {
  return SCENES.flatMap((scene) =>
    scene.sizes.flatMap((size) =>
      scene.themes.map((theme) => ({
        name: `${scene.name}-${size}-${theme}.png`,
        scene,
        size,
        theme,
        now: momentOf(rooms.get(scene.room ?? 'workshop')),
      })),
    ),
  )
}

/** Takes every picture into the folder. Returns the names of those that could not be taken, each reported with its reason. */
export async function takePictures({ root, folder, only = '', report }: TakeOptions): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const rooms = await scriptedRooms()
  const server = await serveScripted(root, rooms)
  // One address for every run: some pictures show it.
  const browser = await openChromium([`--host-resolver-rules=MAP ${HOST} ${new URL(server.url).host}`])
  const failed: string[] = []
  try {
    for (const shot of shotsOf(rooms).filter(({ name }) => new RegExp(only).test(name))) {
      try {
        await writeFile(join(folder, shot.name), await takeOne(browser, `http://${HOST}`, shot))
      } catch (error) {
        failed.push(shot.name)
        report(`${shot.name} could not be taken: ${error instanceof Error ? error.message : error}`)
      }
    }
  } finally {
    await browser.close()
    await server.close()
  }
  return failed
}
