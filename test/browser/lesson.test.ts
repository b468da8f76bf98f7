import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** From a fresh page to what happened: what a newcomer may need, in actions and time. */
const ACTIONS_MAX = 3
const REVEAL_WITHIN_MS = 60_000

const LESSON = 'one-message-three-fates'

test('from a fresh page to what happened in the first lesson takes three actions and less than a minute', async () => {
  const page = await desk.page()
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  await page.goto(`${desk.dashboard.url}/`)
  await page.evaluate(() => localStorage.removeItem('switchboard.guide'))
  const began = performance.now()
  let actions = 0
  const act = async (work: () => Promise<void>) => {
    actions += 1
    await work()
  }
  await page.goto(`${desk.dashboard.url}/`)
  await act(() => page.getByRole('link', { name: /^One message, three fates/ }).click())
  const panel = page.getByRole('complementary', { name: 'Lesson: One message, three fates' })
  await act(() => panel.getByRole('radio', { name: /^One worker, every subscriber/ }).click())
  await act(() => panel.getByRole('button', { name: 'Send it' }).click())
  await panel.getByText('What the brokers did').waitFor({ timeout: REVEAL_WITHIN_MS })
  expect(performance.now() - began).toBeLessThan(REVEAL_WITHIN_MS)
  expect(actions).toBeLessThanOrEqual(ACTIONS_MAX)
  await panel.getByText('what happened', { exact: true }).waitFor()
  await until('all to be as the lesson says', async () => (await panel.getByText('differs').count()) === 0)
  expect(await violations(page, { within: '.lesson-panel' })).toEqual([])

  // Another page of the room sees the same step, and keys lead back and on for both.
  const other = await desk.page()
  await other.goto(page.url())
  const seen = other.getByRole('complementary', { name: 'Lesson: One message, three fates' })
  await seen.getByText('What the brokers did').waitFor()
  await page.keyboard.press('PageUp')
  await seen.getByText('Lesson, step 1 of 2').waitFor()
  await other.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(other, { within: '.lesson-panel', coloursOnly: true })).toEqual([])
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  expect(faults).toEqual([])
  await fetch(`${desk.dashboard.url}/api/rooms/${LESSON}`, { method: 'DELETE' })
})

test('the room menu makes a room of a scene, resets it and closes it, and says what is wrong with a scene file', async () => {
  const at = await desk.open(await desk.room())
  const { page } = at
  const menu = () => page.getByRole('button', { name: /: all rooms$/ })
  await menu().click()
  await page.getByText('1 person').waitFor()
  expect(await violations(page, { within: ':popover-open' })).toEqual([])
  await page.getByRole('button', { name: 'From a scene…' }).click()
  const room = uniqueName('scene').toLowerCase()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(room)
  const choose = (text: string) =>
    page.getByLabel('Scene file', { exact: true }).setInputFiles({
      ...{ name: 'den.yaml', mimeType: 'application/yaml' },
      buffer: Buffer.from(text),
    })
  const scene = (mode: string) =>
    `destinations:\n  - system: redis\n    mode: ${mode}\n    name: news\n    consumers: [{ name: ear }]\n`
  await choose(scene('topic'))
  await page.getByRole('button', { name: 'Make the room' }).click()
  await until('the line of the fault', async () =>
    /line 3/i.test((await page.getByRole('alert').first().textContent()) ?? ''),
  )
  await choose(scene('fanout'))
  await page.getByRole('button', { name: 'Make the room' }).click()
  await page.waitForURL(`**/r/${room}`)
  await page.getByRole('log', { name: 'ear on Redis news' }).waitFor()

  await desk.post(room, '/messages', { system: 'redis', text: 'before the reset' })
  const kept = page.getByText('before the reset').first()
  await kept.waitFor()
  await page.keyboard.press('Shift+R')
  await until('an empty pane', async () => (await page.getByText('before the reset').count()) === 0)

  await menu().click()
  await page.getByRole('button', { name: /^Close room/ }).click()
  await page.getByText('This cannot be undone').waitFor()
  await page.getByRole('button', { name: 'Close room', exact: true }).click()
  await page.waitForURL(`${desk.dashboard.url}/`)
  expect((await fetch(`${desk.dashboard.url}/api/rooms/${room}`)).status).toBe(404)
  expect(at.faults).toEqual([])
})

test('a presenter’s own lesson file begins in the room; one that is wrong says its line and the reason, and changes nothing', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  const { page } = at
  await page.getByRole('button', { name: /: all rooms$/ }).click()
  await page.getByRole('button', { name: /^Lessons/ }).click()
  const own = page.getByRole('region', { name: 'A lesson of your own' })
  const text = await readFile('lessons/requeue-reorders.yaml', 'utf8')
  const choose = (lesson: string) =>
    own.getByLabel('A lesson of your own (YAML)').setInputFiles({
      ...{ name: 'mine.yaml', mimeType: 'application/yaml' },
      buffer: Buffer.from(lesson),
    })
  const wrong = text.replace('verb: requeue', 'verb: retry')
  await choose(wrong)
  await own.getByRole('button', { name: 'Begin it here' }).click()
  const line = wrong.split('\n').findIndex((one) => one.includes('verb: retry')) + 1
  await until('the line and the reason', async () => {
    const said = (await own.getByRole('alert').allTextContents()).join()
    return new RegExp(`line ${line}\\b`, 'i').test(said) && /requeue/.test(said)
  })
  expect(await violations(page, { within: '.lesson-panel' })).toEqual([])
  expect((await desk.dashboard.snapshot(room)).lesson ?? null).toBeNull()
  await choose(text.replace('What is given back comes late', 'My own lesson'))
  await until('no fault said', async () => (await own.getByRole('alert').count()) === 0)
  await own.getByRole('button', { name: 'Begin it here' }).click()
  const panel = page.getByRole('complementary', { name: 'Lesson: My own lesson' })
  await panel.getByRole('radio', { name: /^The first one comes again/ }).click({ timeout: REVEAL_WITHIN_MS })
  const step = panel.getByRole('region', { name: 'Do this now' }).getByRole('button').first()
  await until('what the brokers did', async () => {
    if ((await panel.getByText('What the brokers did').count()) > 0) return true
    if (await step.isEnabled({ timeout: 100 }).catch(() => false)) await step.click().catch(() => undefined)
    return false
  })
  await until('all to be as the lesson says', async () => (await panel.getByText('differs').count()) === 0)
  expect(at.faults).toEqual([])
})
