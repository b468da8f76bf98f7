import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

const SUBSCRIBER = 'subscriber-1 on Redis chatroom'
const MESSAGES = 600

let desk: TestDesk
/** A room that has had MESSAGES, for those who only read: each test adds what it needs. */
let readRoom: string
beforeAll(async () => {
  desk = await openDesk()
  readRoom = await desk.room({ forFile: true })
  await load(readRoom, MESSAGES)
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

async function load(room: string, count: number): Promise<void> {
  const answer = await desk.dashboard.request('POST', `/api/rooms/${room}/load`, {
    system: 'redis',
    rate: 500,
    count,
    size: 40,
  })
  expect(answer.status).toBe(202)
}

const heard = async (at: DeskPage) =>
  Number(
    /([\d,]+) heard/
      .exec(await wordsOf(at.lane('redis').locator('[data-part="state"]').first()))?.[1]
      ?.replace(',', ''),
  )

/** The room that has had MESSAGES, with all of them in the pane; resolves also with how many those are by now. */
async function openRead() {
  const at = await desk.open(readRoom)
  await at.log(SUBSCRIBER).waitFor()
  await until('all of them', async () => (await heard(at)) >= MESSAGES)
  return { at, count: await heard(at) }
}

const distance = (at: DeskPage) =>
  at.log(SUBSCRIBER).evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop)

const lastNumber = async (at: DeskPage) =>
  Number((await wordsOf(at.log(SUBSCRIBER).locator('[data-message-id] [data-tag]').last())).slice(1))

test('every arrival is counted, few rows exist in the page, and the newest is in sight', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  await at.log(SUBSCRIBER).waitFor()
  await load(room, MESSAGES)
  await until('all of them', async () => (await heard(at)) === MESSAGES)
  await until('the newest', async () => (await lastNumber(at)) === MESSAGES)
  expect(await distance(at)).toBeLessThanOrEqual(1)
  expect(await at.log(SUBSCRIBER).locator('[data-message-id]').count()).toBeLessThan(60)
  expect(at.faults).toEqual([])
})

test('scrolling up stops following, counts what is new, and the button reaches the very end', async () => {
  const { at, count } = await openRead()
  await at.log(SUBSCRIBER).hover()
  await at.page.mouse.wheel(0, -2_000)
  const frame = at.lane('redis').locator('[data-part="log-frame"]').first()
  await frame.getByRole('button', { name: 'Newest' }).waitFor()
  const seen = await wordsOf(at.log(SUBSCRIBER).locator('[data-message-id]').first())
  for (const text of ['n1', 'n2', 'n3']) await at.sendTo('Redis', text)
  const button = frame.getByRole('button', { name: '3 new' })
  await button.waitFor()
  expect(await wordsOf(at.log(SUBSCRIBER).locator('[data-message-id]').first())).toBe(seen)
  await button.click()
  await until('the newest', async () => (await lastNumber(at)) === count + 3)
  expect(await distance(at)).toBeLessThanOrEqual(1)
})

test('a reader can leave the end while messages rush in, and reads on undisturbed', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  await at.log(SUBSCRIBER).waitFor()
  await load(room, 5_000)
  await until('a history to scroll in', async () => (await heard(at)) > 300)
  await at.log(SUBSCRIBER).hover()
  await at.page.mouse.wheel(0, -1_500)
  const frame = at.lane('redis').locator('[data-part="log-frame"]').first()
  const button = frame.getByRole('button', { name: / new$/ })
  await button.waitFor()
  const top = await at.log(SUBSCRIBER).evaluate((log) => log.scrollTop)
  const before = await wordsOf(button)
  await until('more new ones', async () => (await wordsOf(button)) !== before)
  expect(await at.log(SUBSCRIBER).evaluate((log) => log.scrollTop)).toBe(top)
  await button.click()
  await until('all of them', async () => (await heard(at)) === 5_000, { timeoutMs: 25_000 })
  await until('the newest', async () => (await lastNumber(at)) === 5_000)
}, 60_000)

test('Home goes to the oldest row that is held, End to the newest', async () => {
  const { at, count } = await openRead()
  await at.log(SUBSCRIBER).focus()
  await at.page.keyboard.press('Home')
  await until(
    'the oldest',
    async () => (await wordsOf(at.log(SUBSCRIBER).locator('[data-message-id] [data-tag]').first())) === '#1',
  )
  await at.page.keyboard.press('End')
  await until('the newest', async () => (await lastNumber(at)) === count && (await distance(at)) <= 1)
})

test('choosing a found message scrolls every pane, and the Matrix, to it', async () => {
  const { at } = await openRead()
  const find = async (number: string) => {
    await at.page.getByRole('button', { name: 'Find and export messages' }).click()
    await at.page.getByRole('searchbox', { name: 'Find a message' }).fill(number)
    await at.page.locator('[popover]:popover-open [data-listed]').first().click()
  }
  const inSight = (place: ReturnType<typeof at.log>, number: string) =>
    until(`${number} in sight`, () =>
      place.evaluate((scroller, text) => {
        const box = scroller.getBoundingClientRect()
        const rows = [...scroller.querySelectorAll('[data-message-id]')]
        const row = rows.find((one) => one.textContent?.startsWith(text))?.getBoundingClientRect()
        return row !== undefined && row.top >= box.top - 1 && row.bottom <= box.bottom + 1
      }, number),
    )
  await find('#40')
  await inSight(at.log(SUBSCRIBER), '#40')
  await inSight(at.log('subscriber-2 on Redis chatroom'), '#40')
  await at.page.keyboard.press('2')
  await at.page.getByRole('table', { name: /^Delivery matrix/ }).waitFor()
  await find('#77')
  await inSight(at.page.getByRole('region', { name: 'Messages and consumers' }), '#77')
})
