import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** Rooms with real consumers, on a machine that may be busy. */
vi.setConfig({ testTimeout: 90_000 })

const SCRIPTS = '**/_next/static/**/*.js'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const toAll = (page: Page) => page.getByRole('textbox', { name: 'Message to all three brokers' })
const toRedis = (page: Page) => page.getByRole('textbox', { name: 'Message to Redis' })

/** Every message of the room, as its text and the number of systems that took it. */
async function sentTexts(room: string): Promise<string[]> {
  const messages = new Map<string, { text: string; systems: number }>()
  for (const event of await desk.dashboard.events(0, room)) {
    if (!('messageId' in event)) continue
    const message = messages.get(event.messageId) ?? { text: '', systems: 0 }
    messages.set(event.messageId, message)
    if ('text' in event && event.text !== undefined) message.text = event.text
    if (event.kind === 'published') message.systems += 1
  }
  return [...messages.values()].map(({ text, systems }) => `${systems} × ${text}`).sort()
}

/** Waits until all have been taken, and fails when anything else was sent too. */
const untilSent = async (room: string, ...texts: string[]) => {
  await until('all to be sent', async () => {
    const sent = await sentTexts(room)
    return texts.every((text) => sent.includes(text))
  })
  expect(await sentTexts(room)).toEqual(texts)
}

/** A page whose scripts stay on their way until `arrive` is called: it is to be seen, and not interactive. */
async function openWithoutScripts(room: string) {
  const page = await desk.page()
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  await page.route(SCRIPTS, async (route) => {
    await arrived
    await route.continue()
  })
  await page.goto(`${desk.dashboard.url}/r/${room}`, { waitUntil: 'commit' })
  await toAll(page).waitFor()
  return { page, arrive }
}

describe('nothing that is typed is lost', () => {
  test('not what is typed where nothing has the focus, and no command comes of it', async () => {
    const { page } = await desk.open(await desk.room())
    await page.locator('main').waitFor()
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.keyboard.type('is it up? hi', { delay: 40 })
    expect(await toAll(page).inputValue()).toBe('is it up? hi')
    expect(await page.locator('html[data-present="true"], :popover-open').count()).toBe(0)
    await until('the inspector to be closed again', async () =>
      page.getByRole('complementary', { name: /inspector/i }).isHidden(),
    )
  })

  test('not what is typed and sent before the page is interactive', async () => {
    const room = await desk.room()
    const { page, arrive } = await openWithoutScripts(room)
    await toAll(page).click()
    await page.keyboard.type('first of all')
    await page.keyboard.press('Enter')
    expect(await toAll(page).inputValue()).toBe('')
    await page.keyboard.type('begun early, ')
    await toRedis(page).click()
    await page.keyboard.type('to Redis alone')
    await page.locator('form[data-system="redis"] button[type="submit"]').click()
    await page.getByRole('textbox', { name: 'Partition key for Kafka' }).fill('early key')
    await toAll(page).click()
    await page.keyboard.press('End')
    arrive()
    await page.locator('.app[data-line="live"]').waitFor()
    await page.keyboard.type('ended late')
    expect(await toAll(page).inputValue()).toBe('begun early, ended late')
    expect(await page.getByRole('textbox', { name: 'Partition key for Kafka' }).inputValue()).toBe(
      'early key',
    )
    await page.keyboard.press('Enter')
    await untilSent(room, '1 × to Redis alone', '3 × begun early, ended late', '3 × first of all')
    expect(new URL(page.url()).search).toBe('')
    await page.unroute(SCRIPTS)
  })

  test('not a draft, when the page is loaded again or another view is shown', async () => {
    const at = await desk.open(await desk.room())
    await toAll(at.page).fill('half a sentence')
    await toRedis(at.page).fill('two\nlines')
    await at.page.reload()
    await until('both drafts', async () => (await toRedis(at.page).inputValue()) === 'two\nlines')
    expect(await toAll(at.page).inputValue()).toBe('half a sentence')
    await at.page.getByRole('tab', { name: 'Flow' }).click()
    await at.page.locator('#view-flow').waitFor()
    expect(await toAll(at.page).inputValue()).toBe('half a sentence')
    await at.page.goto(`${desk.dashboard.url}/play`)
    await at.page.goBack()
    await until('the draft', async () => (await toAll(at.page).inputValue()) === 'half a sentence')
  })

  test('neither the lines of a pasted text nor a word that is still being composed', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    for (const field of [toAll(at.page), toRedis(at.page)]) {
      await field.fill('   ')
      await field.press('Enter')
      expect(await field.inputValue()).toBe('   ')
      await field.fill('にほん')
      await field.evaluate((element) =>
        element.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }),
        ),
      )
      expect(await field.inputValue()).toBe('にほん')
      await field.fill('one\ntwo')
      await field.press('Enter')
      expect(await field.getAttribute('dir')).toBe('auto')
    }
    await untilSent(room, '1 × one\ntwo', '3 × one\ntwo')
  })
})
