import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

test('the palette does by its words what buttons do, and says what is refused', async () => {
  const at = await desk.open(await desk.room())
  const palette = at.page.getByRole('dialog', { name: 'Command palette' })
  const choose = async (words: string) => {
    await at.page.keyboard.press('Control+k')
    await palette.waitFor()
    await at.page.keyboard.type(words)
    await at.page.keyboard.press('Enter')
    await palette.waitFor({ state: 'detached' })
  }

  // It opens also while somebody types, and is not typed into the field.
  await at.page.getByRole('textbox', { name: 'Message to all three brokers' }).focus()
  await at.page.keyboard.press('Control+k')
  await palette.waitFor()
  expect(await violations(at.page)).toEqual([])
  await at.page.keyboard.type('no such thing at all')
  await palette.getByText('Nothing here is called that.').waitFor()
  await at.page.keyboard.press('Escape')
  await palette.waitFor({ state: 'detached' })

  await choose('crash worker-1')
  await at.page.getByRole('button', { name: 'Start again worker-1' }).waitFor()
  await choose('add subscriber-3')
  await at.log('subscriber-3 on Redis chatroom').waitFor()
  await choose('load on kafka')
  await at.page.getByRole('button', { name: 'Start the load' }).waitFor()
  await at.page.keyboard.press('Escape')
  await choose('matrix')
  await at.page.locator('#view-matrix').waitFor()
  expect(at.faults).toEqual([])
})

test('? shows all keys, and the way back to the first minute', async () => {
  const at = await desk.open(await desk.room())
  await at.page.keyboard.press('?')
  const sheet = at.page.getByRole('dialog', { name: 'Keys' })
  await sheet.waitFor()
  const words = await wordsOf(sheet)
  for (const line of [
    'Write to all three brokers',
    'Show the Timeline view',
    'Ctrl K',
    'Inspect the traced message',
    'To the oldest row',
    'Fit the traced message',
  ]) {
    expect(words).toContain(line)
  }
  expect(await violations(at.page)).toEqual([])
  // The page's own keys rest meanwhile.
  await at.page.keyboard.press('2')
  expect(await at.page.locator('#view-panes').count()).toBe(1)
  await sheet.getByRole('button', { name: 'Lead me through the first minute' }).click()
  await until('the first step', async () =>
    (await wordsOf(at.page.getByRole('complementary', { name: 'The first minute' }))).includes('One message'),
  )
})
