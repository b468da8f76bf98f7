import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
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

describe('the conversation', () => {
  test('shows every message in the order in which it was sent, where it went, and who joined', async () => {
    const room = await desk.room()
    const ada = await enterAs('Ada', room)
    await ada.sendToAll('good morning')
    await ada.sendTo('RabbitMQ', 'only to the queue')
    await ada.page.getByRole('tab', { name: 'Chat' }).click()
    const log = ada.page.getByRole('log', { name: 'Conversation' })
    await log.getByText('only to the queue').waitFor()
    await ada.sendToAll('said in the chat')
    await log.getByText('said in the chat').waitFor()
    const said = await log.getByRole('article').all()
    const words = await Promise.all(said.map(wordsOf))
    expect(words.map((line) => line.match(/good morning|only to the queue|said in the chat/)?.[0])).toEqual([
      'good morning',
      'only to the queue',
      'said in the chat',
    ])
    expect(words[1]).toContain('RabbitMQ mailbox')
    expect(words[1]).not.toContain('Kafka')
    await until('all three to have it', async () =>
      /1 of 2 workers.*2 of 2 subscribers/.test(await wordsOf(log.getByRole('article').last())),
    )
    expect(await wordsOf(log)).toContain('joined')
    expect(await violations(ada.page)).toEqual([])
    expect(ada.faults).toEqual([])
  })
})

describe('following', () => {
  test('who came by the link sees the modes and views that the presenter shows, until they choose their own', async () => {
    const room = await desk.room()
    const ada = await enterAs('Ada', room)
    const ben = await desk.open(room)
    await ada.page.getByRole('tab', { name: 'Matrix' }).click()
    await ada.page.getByRole('button', { name: 'Present mode' }).click()
    await ben.page.locator('#view-matrix').waitFor()
    const follow = ben.page.getByRole('button', { name: 'Follow Ada' })
    expect(await follow.getAttribute('aria-pressed')).toBe('true')

    await ada.page.getByRole('tab', { name: 'Panes' }).click()
    await ada.page
      .getByRole('radiogroup', { name: 'Mode for RabbitMQ' })
      .getByRole('radio', { name: 'Fan-out' })
      .click()
    await ben.page.locator('section[data-system="rabbitmq"][data-mode="fanout"]').waitFor()

    await ben.page.getByRole('tab', { name: 'Chat' }).click()
    await until('Ben to look on his own', async () => (await follow.getAttribute('aria-pressed')) === 'false')
    await ada.page.getByRole('tab', { name: 'Timeline' }).click()
    await ada.page.locator('#view-timeline').waitFor()
    expect(await ben.page.locator('#view-chat').count()).toBe(1)
    await follow.click()
    await ben.page.locator('#view-timeline').waitFor()
    expect(await violations(ben.page)).toEqual([])

    await ada.page.getByRole('button', { name: 'Leave present mode' }).click()
    await follow.waitFor({ state: 'detached' })
    expect([...ada.faults, ...ben.faults]).toEqual([])
  })
})

describe('people', () => {
  test('the others see who joins and leaves, and one person in two tabs is one person', async () => {
    const room = await desk.room()
    const ada = await enterAs('Ada', room)
    const ben = await enterAs('Ben', room)
    await until('the news that Ben joined', async () => (await wordsOf(news(ada))).includes('joined'))
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
