import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

const TEN_MINUTES_MS = 600_000
/** How long ago a crash of this test may be said to be: longer than the test takes, far shorter than the date is wrong. */
const AGE_MAX_S = 120

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** A page on a computer whose date is wrong by `ms`. */
async function openAt(room: string, ms: number) {
  const context = await desk.browser.newContext({ viewport: { width: 1600, height: 1000 } })
  const page = await context.newPage()
  await page.addInitScript((wrongBy) => {
    const right = Date
    const now = () => right.now() + wrongBy
    globalThis.Date = new Proxy(right, {
      construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given),
      get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    })
  }, ms)
  await page.goto(`${desk.dashboard.url}/r/${room}`)
  await page.locator('.app[data-line="live"]').waitFor()
  return page
}

describe('a computer whose date is wrong', () => {
  test.each([TEN_MINUTES_MS, -TEN_MINUTES_MS])(
    'by %d ms shows ages, countdowns and the Timeline by the server’s time',
    async (wrongBy) => {
      const page = await openAt(await desk.room(), wrongBy)
      expect(await page.evaluate(() => Date.now())).toSatisfy(
        (date: number) => Math.abs(date - Date.now() - wrongBy) < TEN_MINUTES_MS / 2,
      )
      await page.getByRole('button', { name: 'Crash worker-1' }).click()
      await page.getByRole('button', { name: 'Crash reader-3' }).click()
      const said = (pattern: RegExp) => async () => {
        const seconds = pattern.exec((await page.locator('main').textContent()) ?? '')?.[1]
        return seconds !== undefined && Number(seconds) > 0 && Number(seconds) < AGE_MAX_S
      }
      await until('the age of the crash', said(/crashed (\d+) s ago/))
      await until('the countdown to the eviction', said(/evicted in (\d+) s/))
      await page.getByRole('tab', { name: 'Timeline' }).click()
      const inWindow = page.getByRole('list', { name: 'In the window' })
      // Whatever else happened to it in the window: a fresh room's worker has just been attached.
      await inWindow
        .getByRole('listitem')
        .filter({ hasText: /^worker-1: .*\b1 crash/ })
        .waitFor()
      await page.context().close()
    },
  )
})
