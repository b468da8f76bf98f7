import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ensureBuild } from '#lib/launcher/bootstrap/build.mjs'
import { testBrokers } from '#test/support/brokers.ts'
import { openChromium } from '#test/support/chromium.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { presenterPath } from '#test/support/presenter-link.ts'
import { projectRoot } from '#test/support/source-files.ts'
import { until } from '#test/support/until.ts'
import { type PathProxy, startPathProxy } from './path-proxy.ts'

/**
 * A shared dashboard whose pages are built for a path, behind a proxy that passes on nothing but that path. It leaves the
 * checkout's pages built for it: what needs them for the root builds them again.
 */

const BASE_PATH = '/hall/switchboard'
const BUILD_TIMEOUT_MS = 10 * 60_000
/** For one thing to show, on a machine that does much else. */
const WAIT_MS = 60_000
vi.setConfig({ testTimeout: 240_000, hookTimeout: BUILD_TIMEOUT_MS })

let proxy: PathProxy
let dashboard: Dashboard
let browser: Browser
/** The dashboard as people reach it. */
let address: string
/** What pages logged as an error or threw, and what they asked for outside the path. */
const faults: string[] = []

beforeAll(async () => {
  proxy = await startPathProxy(BASE_PATH)
  address = `http://localhost:${proxy.port}${BASE_PATH}`
  await ensureBuild(projectRoot, { ...process.env, BASE_URL: address })
  const env = { BASE_URL: address, SHARE: 'on', TRUST_PROXY: '127.0.0.1' }
  dashboard = await startDashboard(testBrokers(), env)
  proxy.leadTo(Number(new URL(dashboard.url).port))
  browser = await openChromium()
})
afterAll(async () => {
  await browser?.close()
  await dashboard?.close()
  proxy?.close()
})

/** A browser of its own: no cookie, nothing stored. */
async function openBrowser(options: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, ...options })
  context.setDefaultTimeout(WAIT_MS)
  const check = (url: string) => {
    const { host, pathname, protocol } = new URL(url)
    if (!/^(http|ws):$/.test(protocol)) return
    const isWithin = host === new URL(address).host && `${pathname}/`.startsWith(`${BASE_PATH}/`)
    if (!isWithin) faults.push(`asked for ${url}`)
  }
  context.on('page', (page) => {
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('request', (request) => check(request.url()))
    page.on('websocket', (socket) => check(socket.url()))
  })
  return context
}

async function openDesk(): Promise<Page> {
  const page = await (await openBrowser()).newPage()
  await page.goto(`${address}${await presenterPath(dashboard)}`)
  await page.getByRole('button', { name: /: all rooms$/ }).waitFor()
  expect(page.url()).toBe(`${address}/r/lobby`)
  return page
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Message to all three brokers', exact: true })

test('a hall joins by the link of a desk below a path, and nothing is asked for outside of it', async () => {
  const desk = await openDesk()
  await desk.getByRole('button', { name: 'Share', exact: false }).first().click()
  const link = await until('the join link', async () =>
    (await desk.getByText(`${address}/join/`).first().textContent())?.trim(),
  )
  await desk.getByText(`${new URL(address).host}${BASE_PATH}/join`, { exact: true }).waitFor()
  await desk.keyboard.press('Escape')

  const phone = await (
    await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  ).newPage()
  await phone.goto(link)
  await phone.getByLabel('Your name').fill('Mei')
  await phone.getByRole('button', { name: 'Join' }).tap()
  await phone.getByText('You are').waitFor()

  const stage = await desk.context().newPage()
  await stage.goto(`${address}/r/lobby/stage`)
  await stage.locator('.seat[data-state="live"]').nth(4).waitFor()
  await stage
    .getByText(`${new URL(address).host}${BASE_PATH}/join`)
    .first()
    .waitFor()

  await field(desk).fill('The coffee is ready')
  await field(desk).press('Enter')
  await desk.getByText('The coffee is ready').first().waitFor()
  await until(
    'the stage to light a seat',
    async () => (await stage.locator('.seat[data-state="lit"]').count()) > 0,
  )
  await phone.reload()
  await phone.getByText('You are').waitFor()
  expect([faults, proxy.strayed]).toEqual([[], []])
})

test('rooms, lessons and recordings are reached from the page, and lead to each other', async () => {
  const desk = await openDesk()
  // With and without a slash at its end the path is the lobby.
  for (const home of [address, `${address}/`]) {
    await desk.goto(home)
    await field(desk).waitFor()
  }
  await desk.goto(`${address}/?lesson=crash-a-worker`)
  await desk.waitForURL(`${address}/r/crash-a-worker*`)
  await desk.getByRole('complementary', { name: 'Lesson: Crash a worker' }).waitFor()
  await desk.getByRole('button', { name: /: all rooms$/ }).click()
  await desk.locator(`a[href="${BASE_PATH}/"]`).first().click()
  await field(desk).waitFor()

  await desk.getByRole('button', { name: 'Record', exact: true }).click()
  await desk.getByRole('button', { name: 'Start recording' }).click()
  await desk.getByRole('button', { name: 'Stop recording' }).click()
  const opened = desk.context().waitForEvent('page')
  await desk.getByRole('button', { name: 'Open it' }).click()
  const player = await opened
  await player.getByText(/^Recording of/).waitFor()
  expect(player.url()).toBe(`${address}/play`)

  await desk.goto(`${address}/play`)
  await desk.getByRole('link', { name: /One message, three fates/ }).click()
  await desk.waitForURL(`${address}/play?lesson=one-message-three-fates`)
  await desk
    .getByRole('button', { name: /^(Play|Pause)/ })
    .first()
    .waitFor()
  expect([faults, proxy.strayed]).toEqual([[], []])
})

test('an address that leads nowhere says so in the dashboard’s words, and leads to the lobby', async () => {
  const page = await (await openBrowser()).newPage()
  const answer = await page.goto(`${address}/nowhere`)
  expect(answer?.status()).toBe(404)
  await page.getByText(`${BASE_PATH}/r/lobby`).waitFor()
  await page.getByRole('link', { name: 'Go to the lobby' }).click()
  await page.getByRole('heading', { name: 'Join the room' }).waitFor()
  expect(proxy.strayed).toEqual([])
})
