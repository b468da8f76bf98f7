import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openChromium } from '#test/support/chromium.ts'
import { type ScriptedServer, serveScripted } from '#test/support/pictures/scripted-server.ts'
import { laneFaults, matrixRows, pageFaults, prepareMeasures } from '#test/support/sizes/measure.ts'
import { roomsToMeasure } from '#test/support/sizes/rooms.ts'
import { projectRoot } from '#test/support/source-files.ts'

/** A test looks at two dozen windows one after another, on a machine that may be busy. */
vi.setConfig({ testTimeout: 180_000 })

const SIZES = [
  '1920x1080',
  '1600x1000',
  '1440x900',
  '1366x768',
  '1280x720',
  '1024x768',
  '820x1180',
  '390x844',
  '360x640',
]
const VIEWS = ['panes', 'matrix', 'flow', 'timeline', 'chat']
/** Present mode is for screens that stand before a room. */
const PRESENTED_FROM_PX = 1_000
/** From here on the three lanes stand in the window as a whole. */
const ALL_LANES_FROM_PX = 1_000
const MATRIX_ROWS_MIN = 2

let server: ScriptedServer
let browser: Awaited<ReturnType<typeof openChromium>>
let page: Page

beforeAll(async () => {
  server = await serveScripted(projectRoot, await roomsToMeasure())
  browser = await openChromium()
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  page = await context.newPage()
  await prepareMeasures(page)
  await page.addInitScript(() => localStorage.setItem('switchboard.guide', 'seen'))
}, 120_000)
afterAll(async () => {
  await browser.close()
  await server.close()
})

async function resize(size: string): Promise<void> {
  const [width = 0, height = 0] = size.split('x').map(Number)
  await page.setViewportSize({ width, height })
  // What observes sizes has drawn again two frames later.
  await page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))),
      ),
  )
}

/** What is wrong in one window, each with the window that it is about. */
async function faultsAt(view: string, size: string, scale: string): Promise<string[]> {
  await resize(size)
  const [width = 0, height = 0] = size.split('x').map(Number)
  const faults = await pageFaults(page)
  if (view === 'panes') {
    const needsAll = width >= ALL_LANES_FROM_PX && height >= 720
    faults.push(...(await laneFaults(page, needsAll)))
  }
  if (view === 'matrix') {
    const rows = await matrixRows(page)
    if (rows < MATRIX_ROWS_MIN) faults.push(`${rows} whole rows in sight`)
  }
  return faults.map((fault) => `${view} ${size} ${scale}: ${fault}`)
}

async function faultsOf(room: string, scale: 'desk' | 'projector'): Promise<string[]> {
  await page.goto(`${server.url}/r/${room}`)
  await page.locator('[data-line="live"]').waitFor()
  if (scale === 'projector') await page.keyboard.press('p')
  const faults: string[] = []
  for (const [index, view] of VIEWS.entries()) {
    await page.keyboard.press(String(index + 1))
    await page.locator(`#view-${view}`).waitFor()
    for (const size of SIZES) {
      if (scale === 'projector' && Number.parseInt(size, 10) < PRESENTED_FROM_PX) continue
      faults.push(...(await faultsAt(view, size, scale)))
    }
  }
  return faults
}

describe('in windows of nine sizes no text is too small, cut off or covered, and consumers that do not fit are counted', () => {
  const rooms = {
    'few-short': 'two consumers a lane, short names and texts',
    'few-long': 'two consumers a lane, long names and texts',
    'many-long': 'eight consumers a lane, long names and texts',
  }
  for (const [room, words] of Object.entries(rooms)) {
    test(`with ${words}`, async () => {
      expect(await faultsOf(room, 'desk')).toEqual([])
    })
    test(`with ${words}, presented`, async () => {
      expect(await faultsOf(room, 'projector')).toEqual([])
    })
  }
})

test('in windows of nine sizes each view can be read in the dark theme', async () => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${server.url}/r/few-short`)
  await page.locator('[data-line="live"]').waitFor()
  const found: string[] = []
  for (const [index, view] of VIEWS.entries()) {
    await page.keyboard.press(String(index + 1))
    await page.locator(`#view-${view}`).waitFor()
    for (const size of SIZES) {
      await resize(size)
      const faults = await violations(page, { within: `#view-${view}`, coloursOnly: true })
      found.push(...faults.map((fault) => `${view} ${size}: ${fault}`))
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  expect(found).toEqual([])
})

test('while a first visitor is led, the desk still says zero waiting, lost and unknown', async () => {
  await page.goto(`${server.url}/r/few-short`)
  await page.locator('[data-line="live"]').waitFor()
  await resize('1600x1000')
  await page.keyboard.press('1')
  await page.keyboard.press('?')
  await page.getByRole('button', { name: 'Lead me through the first minute' }).click()
  await page.getByRole('complementary', { name: 'The first minute' }).waitFor()
  const strips = page.getByRole('group', { name: /^Ledger of (RabbitMQ|Redis|Kafka) / })
  for (const figure of ['waiting', 'lost', 'unknown']) {
    expect(await strips.locator(`[data-figure="${figure}"]:visible`).count()).toBe(3)
  }
})
