import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** The desk as somebody has it who was never here before. */
async function firstVisit(): Promise<DeskPage> {
  const at = await desk.open(await desk.room())
  await at.page.evaluate(() => localStorage.removeItem('switchboard.guide'))
  await at.page.reload()
  await at.page.locator('.app[data-line="live"]').waitFor()
  return at
}

test('the first minute leads through five steps, points at what there is to see, and comes once', async () => {
  const at = await firstVisit()
  const bar = at.page.getByRole('complementary', { name: 'The first minute' })
  const says = (words: string) =>
    until(`"${words}"`, async () => (await wordsOf(bar)).includes(words), { timeoutMs: 20_000 })
  const pointers = at.page.locator('[data-pointer]')

  expect(await wordsOf(bar)).toContain('One message, three brokers')
  await bar.getByRole('button', { name: 'Send one to all three' }).click()
  await says('RabbitMQ: one worker got it.')
  await says('Redis: every subscriber got it.')
  await until('a pointer at each verdict', async () => (await pointers.count()) === 3)

  await bar.getByRole('button', { name: /^Crash worker-\d, who got it$/ }).click()
  await says('is cut off without a goodbye')
  await until('the crashed one and the button to pause', async () => (await pointers.count()) === 2)

  // A step is done by its fact, whichever button caused it.
  await at.page.getByRole('button', { name: 'Pause subscriber-1' }).first().click()
  await says('subscriber-1 takes nothing in')
  await bar.getByRole('button', { name: 'Send while they are away' }).click()
  await says('subscriber-1 has none: #2 waits while subscriber-1 is paused')
  await bar.getByRole('button', { name: /^Bring worker-\d and subscriber-1 back$/ }).click()
  await says('subscriber-1 is back, and has #2')
  await bar.getByRole('button', { name: 'Done' }).click()
  await bar.waitFor({ state: 'detached' })
  expect(await pointers.count()).toBe(0)

  await at.page.reload()
  await at.page.locator('.app[data-line="live"]').waitFor()
  expect(await bar.count()).toBe(0)
  expect(at.faults).toEqual([])
})
