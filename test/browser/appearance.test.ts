import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
let room: string
beforeAll(async () => {
  desk = await openDesk()
  room = await desk.room({ forFile: true })
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

describe('theme', () => {
  test('a chosen theme holds at once and is remembered before the first paint', async () => {
    const at = await desk.open(room, { colorScheme: 'light' })
    const theme = () => at.page.evaluate(() => document.documentElement.dataset.theme)
    expect(await theme()).toBe('light')
    await at.page.getByRole('button', { name: 'Switch theme' }).click()
    await at.page.getByRole('radio', { name: 'Dark' }).check()
    expect(await theme()).toBe('dark')
    // The script in the head runs before the body exists, so the first frame is dark already.
    await at.page.addInitScript(() => {
      new MutationObserver(() => {
        if (!document.body) return
        Object.assign(globalThis, { firstTheme: document.documentElement.dataset.theme })
      }).observe(document, { childList: true, subtree: true })
    })
    await at.page.reload()
    expect(await at.page.evaluate(() => Reflect.get(globalThis, 'firstTheme'))).toBe('dark')
    // What an init script does cannot be taken back: no other test gets this page.
    await at.page.close()
  })

  test('without a choice the page follows the system', async () => {
    const at = await desk.open(room, { colorScheme: 'dark' })
    const theme = () => at.page.evaluate(() => document.documentElement.dataset.theme)
    expect(await theme()).toBe('dark')
    await at.page.emulateMedia({ colorScheme: 'light' })
    await until('the light theme', async () => (await theme()) === 'light')
  })
})

describe('present mode', () => {
  test('p enters it, Esc leaves it, and nothing of a lane is cut off at 1280 x 720', async () => {
    const at = await desk.open(room, { viewport: { width: 1280, height: 720 } })
    await at.log('reader-3 on Kafka datascience').waitFor()
    await at.page.keyboard.press('p')
    const scale = () => at.page.evaluate(() => document.documentElement.dataset.scale)
    expect(await scale()).toBe('projector')
    expect(await at.page.getByRole('textbox', { name: 'Message to RabbitMQ' }).isVisible()).toBe(false)
    expect(await at.page.getByRole('textbox', { name: 'Message to all three brokers' }).isVisible()).toBe(
      true,
    )
    const overflow = await at.page.evaluate(() => ({
      down: document.documentElement.scrollHeight - innerHeight,
      across: document.documentElement.scrollWidth - innerWidth,
    }))
    expect(overflow.down).toBeLessThanOrEqual(0)
    expect(overflow.across).toBeLessThanOrEqual(0)
    await at.page.keyboard.press('Escape')
    expect(await scale()).toBeUndefined()
  })
})

describe('small windows', () => {
  test('what a log keeps is written in letters of their full size, however low its lane is', async () => {
    const at = await desk.open(room, { viewport: { width: 1440, height: 900 } })
    const label = at.page.locator('[data-part="keep"] figure text', { hasText: /^p0$/ })
    await label.waitFor()
    const sizes = () =>
      label.evaluate((element) => {
        const { a: scale } = (element as SVGGraphicsElement).getScreenCTM() ?? { a: 0 }
        return { scale, strip: element.closest('figure')?.getBoundingClientRect().height ?? 0 }
      })
    await at.page.setViewportSize({ width: 1440, height: 1200 })
    await until('tall strips', async () => (await sizes()).strip > 100)
    await at.page.setViewportSize({ width: 1440, height: 720 })
    await until('low strips', async () => (await sizes()).strip < 80)
    await until('letters of full size', async () => Math.abs((await sizes()).scale - 1) < 0.02)
  })

  test("a phone shows one lane at a time, and its tabs show every lane's score", async () => {
    const at = await desk.open(room, { viewport: { width: 390, height: 844 } })
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    expect(await at.lane('kafka').isVisible()).toBe(false)
    await at.sendToAll('from a phone')
    const tabs = at.page.getByRole('navigation', { name: 'Lanes' })
    await until('the scores', async () => {
      const words = await wordsOf(tabs)
      return (
        words.includes('RabbitMQ 1 of 2') &&
        words.includes('Redis 2 of 2') &&
        words.includes('Kafka 1 per group')
      )
    })
    await tabs.getByRole('button', { name: /^Kafka/ }).click()
    expect(await at.lane('kafka').isVisible()).toBe(true)
    expect(await at.lane('rabbitmq').isVisible()).toBe(false)
  })

  for (const width of [390, 768, 1024, 1280, 1440, 1920]) {
    test(`at ${width} pixels nothing scrolls sideways but the panes`, async () => {
      const at = await desk.open(room, { viewport: { width, height: 900 } })
      await at.page.locator('section[data-mode][data-status="up"]').first().waitFor()
      const across = await at.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(across).toBeLessThanOrEqual(0)
    })
  }
})
