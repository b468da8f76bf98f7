import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

/** The smallest text that matters on a stage of 1920 x 1080: what a hall can read from its last row. */
const FLOOR_PX = 24

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

async function openStage(room: string): Promise<Page> {
  const page = await desk.page({ viewport: { width: 1920, height: 1080 } })
  await page.goto(`${desk.dashboard.url}/r/${room}/stage`)
  await page.locator('.seat[data-state="live"]').nth(4).waitFor()
  return page
}

const seats = (page: Page, list: string, state: string) =>
  page.getByRole('list', { name: list }).locator(`.seat[data-state="${state}"]`)

/** Texts that are smaller than the floor, those in a seat left out, which the line above it says in words. */
const smallTexts = (page: Page) =>
  page.evaluate((floor) => {
    const texts = document.createTreeWalker(
      document.querySelector('.stage') ?? document,
      NodeFilter.SHOW_TEXT,
    )
    const small: string[] = []
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const element = node.parentElement
      if (!element || !node.textContent?.trim() || element.closest('.vh, .seat-mark, title')) continue
      if (Number.parseFloat(getComputedStyle(element).fontSize) < floor) small.push(node.textContent)
    }
    return small
  }, FLOOR_PX)

test('one send lights one seat of the queue and all of the fan-out, in type that a hall can read, and in both themes', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  const stage = await openStage(room)
  await at.sendToAll('The coffee is ready')
  await until('the fan-out', async () => (await seats(stage, 'Seats on Redis chatroom', 'lit').count()) === 2)
  await until('the queue', async () => (await seats(stage, 'Seats on RabbitMQ mailbox', 'lit').count()) === 1)
  await until('a reader of each group', async () => {
    return (await seats(stage, 'Seats on Kafka datascience', 'lit').count()) === 2
  })
  const score = (system: string) =>
    stage.locator(`[data-system="${system}"] [data-part="score"]`).textContent()
  expect([await score('rabbitmq'), await score('redis'), await score('kafka')]).toEqual([
    ...['1 of 2', '2 of 2', '1 per group'],
  ])
  await stage.getByRole('listitem', { name: /^subscriber-1, got #1$/ }).waitFor()
  await stage.getByRole('status').filter({ hasText: 'RabbitMQ: 1 of 2 got #1: a queue' }).waitFor()
  // This dashboard is not shared: a QR code would lead phones nowhere.
  await stage.getByText('Join on this machine').waitFor()
  expect(await stage.locator('[data-part="join-code"]').textContent()).toMatch(/^\w{3} \w{3}$/)
  expect(await smallTexts(stage)).toEqual([])
  expect(await violations(stage)).toEqual([])
  await stage.keyboard.press('t')
  await stage.locator('html[data-theme="light"]').waitFor()
  expect(await violations(stage, { coloursOnly: true })).toEqual([])
  await stage.keyboard.press('t')
  expect(at.faults).toEqual([])
})

test('a crashed worker keeps its seat, and the hall sees how it voted only from the reveal on', async () => {
  const room = await desk.room()
  const stage = await openStage(room)
  await desk.post(room, 'consumers/worker-1/crash')
  await seats(stage, 'Seats on RabbitMQ mailbox', 'crashed').waitFor()
  await stage.getByRole('listitem', { name: 'worker-1, crashed' }).waitFor()
  await desk.post(room, 'vote', { question: 'How many of the workers get it?', choices: ['Just one', 'All'] })
  const strip = stage.getByRole('region', { name: 'Question 1' })
  await strip.getByText('How many of the workers get it?').waitFor()
  expect(await strip.getByRole('listitem').allInnerTexts()).toEqual(['A\nJust one', 'B\nAll'])
  await desk.post(room, 'vote/reveal', { right: 0 })
  await strip.locator('[data-right="true"]').getByText('Just one').waitFor()
  expect(await strip.locator('[data-part="voted"]').textContent()).toBe('The hall said, 0 votes')
  expect(await smallTexts(stage)).toEqual([])
  expect(await violations(stage)).toEqual([])
})
