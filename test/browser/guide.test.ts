import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** More stops than the whole desk has. */
const STOPS_MAX = 40

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
  await until('the crashed one and the button for the next', async () => (await pointers.count()) === 2)
  await bar.getByRole('button', { name: 'Disconnect subscriber-1, pause all of datascience' }).click()
  await says('what comes now is lost to it')
  await says('reader-1, reader-2 and reader-3 take nothing in')
  await bar.getByRole('button', { name: 'Send while they are away' }).click()
  await says('took #2 while worker-')
  await says('subscriber-1 missed #2: it was away, and nothing keeps it, and subscriber-2 got it')
  await says('#2 waits in the log')
  await bar.getByRole('button', { name: 'Bring all of them back' }).click()
  await says('subscriber-1 is back, and #2 is lost to it')
  await says('reads on where it stopped, and has #2')
  await bar.getByRole('link', { name: 'One message, three fates' }).waitFor()
  await bar.getByRole('button', { name: 'Done' }).click()
  await bar.waitFor({ state: 'detached' })
  expect(await pointers.count()).toBe(0)

  await at.page.reload()
  await at.page.locator('.app[data-line="live"]').waitFor()
  expect(await bar.count()).toBe(0)
  expect(at.faults).toEqual([])
})

/** Goes on by Tab, or back, to a button whose name or words begin so. */
async function tabTo({ page }: DeskPage, begins: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press(key)
    const isThere = await page.evaluate((words) => {
      const { activeElement: here } = document
      const name = here?.getAttribute('aria-label') ?? here?.textContent ?? ''
      return here instanceof HTMLButtonElement && name.trim().startsWith(words)
    }, begins)
    if (isThere) return
  }
  throw new Error(`no stop by ${key} at "${begins}"`)
}

test('the first minute can be gone through with keys alone', async () => {
  const at = await firstVisit()
  const { keyboard } = at.page
  const bar = at.page.getByRole('complementary', { name: 'The first minute' })
  const says = (words: string) =>
    until(`"${words}"`, async () => (await wordsOf(bar)).includes(words), { timeoutMs: 20_000 })
  const hasFocus = (words: RegExp) =>
    until(`the focus on ${words}`, async () =>
      words.test(await at.page.evaluate(() => document.activeElement?.textContent ?? '')),
    )

  await tabTo(at, 'Send one to all three')
  await keyboard.press('Enter')
  await says('RabbitMQ: one worker got it.')
  // The next step's button stands where the first one stood.
  await hasFocus(/^Crash worker-\d, who got it$/)
  await keyboard.press('Enter')
  await says('is cut off without a goodbye')
  // A step is done by its fact, whichever button caused it.
  await tabTo(at, 'Pause subscriber-1')
  await keyboard.press('Enter')
  await says('subscriber-1 takes nothing in')
  await tabTo(at, 'Send while they are away', 'Shift+Tab')
  await keyboard.press('Enter')
  await says('#2 waits while subscriber-1 is paused')
  await hasFocus(/back$/)
  await keyboard.press('Enter')
  await says('subscriber-1 has #2')
  await hasFocus(/^Done$/)
  await keyboard.press('Enter')
  await bar.waitFor({ state: 'detached' })
  expect(at.faults).toEqual([])
})

test('each step points at something in every view, or leads to the view that shows it', async () => {
  const at = await firstVisit()
  const bar = at.page.getByRole('complementary', { name: 'The first minute' })
  const pointers = at.page.locator('[data-pointer]')
  const show = (view: string) => at.page.getByRole('tab', { name: view }).click()
  await bar.getByRole('button', { name: 'Send one to all three' }).click()
  for (const view of ['Panes', 'Matrix', 'Flow', 'Timeline', 'Chat']) {
    await show(view)
    await until(`three verdicts in ${view}`, async () => (await pointers.count()) === 3)
  }
  await bar.getByRole('button', { name: /^Crash worker-\d/ }).click()
  for (const view of ['Matrix', 'Flow', 'Timeline']) {
    await show(view)
    await until(`the crashed one in ${view}`, async () => (await pointers.count()) === 1)
  }
  await show('Chat')
  await bar.getByRole('button', { name: 'See it in Panes' }).click()
  await until('the crashed one and the button for the next', async () => (await pointers.count()) === 2)
})
