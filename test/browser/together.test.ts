import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** What people who are in a room together see of each other. */

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

/** Opens the room as somebody of that name. */
async function enterAs(name: string, room: string): Promise<DeskPage> {
  const at = await desk.open(room)
  await at.page.getByRole('button', { name: /\d here/ }).click()
  await at.page.getByRole('textbox', { name: 'Your name' }).fill(name)
  await at.page.getByRole('button', { name: 'Use this name' }).click()
  return at
}

const here = (at: DeskPage) => at.page.getByRole('button', { name: /\d here/ })
const news = (at: DeskPage) => at.page.getByRole('status', { name: 'Who joined and left' })

describe('people', () => {
  test('who joins and leaves is told to the others, and one person in two tabs is one person', async () => {
    const room = await desk.room()
    const ada = await enterAs('Ada', room)
    const ben = await enterAs('Ben', room)
    await until('Ben to be told', async () => (await wordsOf(news(ada))).includes('joined'))
    await until('two people', async () => (await wordsOf(here(ada))).includes('2 here'))

    const secondTab = await ben.page.context().newPage()
    await secondTab.goto(ben.page.url())
    await until('its name', async () => (await wordsOf(here({ ...ben, page: secondTab }))) !== '')
    expect(await wordsOf(here({ ...ben, page: secondTab }))).toContain('2 here')
    await secondTab.close()
    expect(await wordsOf(here(ada))).toContain('2 here')

    await ben.page.goto('about:blank')
    await until('Ben to have left', async () => (await wordsOf(news(ada))).includes('Ben left'))
    await here(ada).click()
    const lately = ada.page.getByRole('list', { name: 'Who joined and left lately' })
    expect(await wordsOf(lately.getByRole('listitem').first())).toMatch(/^Ben left/)
    expect(ada.faults).toEqual([])
  })
})
