import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

/** Several rooms' worth of real consumers, on a machine that may be busy. */
vi.setConfig({ testTimeout: 90_000 })

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

const verdictOf = (at: DeskPage, system: string) => wordsOf(at.verdict(system))

const chooseMode = (at: DeskPage, label: string, mode: string) =>
  at.page
    .getByRole('radiogroup', { name: `Mode for ${label}` })
    .getByRole('radio', { name: mode })
    .click()

async function openAnnouncements(at: DeskPage) {
  await chooseMode(at, 'RabbitMQ', 'Fan-out')
  await at.log('subscriber-2 on RabbitMQ announcements').waitFor()
  await until('it to be made', async () => (await at.page.locator('[data-part="aim-note"]').count()) === 0)
}

test('a tab that shows another mode says where a message went, and shows it there when asked', async () => {
  const room = await desk.room()
  const sender = await desk.open(room)
  const other = await desk.open(room)
  await openAnnouncements(sender)
  await sender.sendToAll('for everybody')
  await until('where it went', async () =>
    (await verdictOf(other, 'rabbitmq')).includes('#1 went to announcements, a fan-out'),
  )
  const score = other.page.getByRole('list', { name: 'Who got it' }).locator('[data-system="rabbitmq"]')
  expect(await wordsOf(score)).toContain('went to announcements')
  await other.lane('rabbitmq').getByRole('button', { name: 'Show announcements' }).click()
  await until('it there', async () => (await verdictOf(other, 'rabbitmq')).startsWith('2 of 2 got #1'))
})

test('the Matrix keeps the rows of every mode, so that they can be compared', async () => {
  const at = await desk.open(await desk.room())
  await at.sendToAll('to the queue')
  await until('one worker', async () => (await verdictOf(at, 'rabbitmq')).startsWith('1 of 2 got #1'))
  await openAnnouncements(at)
  await at.sendToAll('to all of them')
  await until('two subscribers', async () => (await verdictOf(at, 'rabbitmq')).startsWith('2 of 2 got #2'))
  await at.page.getByRole('tab', { name: 'Matrix' }).click()
  const older = at.page.locator('tbody tr', { hasText: 'to the queue' }).locator('td[data-system="rabbitmq"]')
  await until('the older row', async () => (await wordsOf(older)).startsWith('mailbox 1 of 2 workers'))
  await older.getByRole('button', { name: 'Show mailbox' }).click()
  const newer = at.page
    .locator('tbody tr', { hasText: 'to all of them' })
    .locator('td[data-system="rabbitmq"]')
  await until('the newer row', async () =>
    (await wordsOf(newer)).startsWith('announcements 2 of 2 subscribers'),
  )
})

test('whoever is paused or crashed counts, with what became of them', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  const command = (id: string, what: string) => desk.post(room, `consumers/${id}/${what}`)
  await command('redis:chatroom:subscriber-2', 'crash')
  for (const name of ['worker-1', 'worker-2']) await command(`rabbitmq:mailbox:${name}`, 'crash')
  await command('kafka:datascience:reader-3', 'crash')
  await at.sendToAll('who is there?')
  await until(
    'the loss beside the score',
    async () => (await verdictOf(at, 'redis')) === '1 of 2 got #1: subscriber-2 missed it',
  )
  await until(
    'the workers that it waits for',
    async () => (await verdictOf(at, 'rabbitmq')) === '0 of 2 got #1 yet: it waits in the queue',
  )
  await until(
    'the group that it waits for',
    async () => (await verdictOf(at, 'kafka')) === '1 of 2 groups got #1: it waits for reader-3',
  )
  await command('redis:chatroom:subscriber-1', 'pause')
  await at.sendToAll('and now?')
  await until(
    'both fates',
    async () =>
      (await verdictOf(at, 'redis')) === '0 of 2 got #2: subscriber-2 missed it, subscriber-1 is paused',
  )
})

/** Every view has the place of a system without a destination, also where one lane is shown at a time. */
async function emptyPlaceInEveryView({ page }: DeskPage) {
  const show = (view: string) => page.getByRole('tab', { name: view }).click()
  await show('Matrix')
  const row = (text: string) =>
    page.locator('tbody tr', { hasText: text }).locator('td[data-system="rabbitmq"]')
  await until(
    'where it went',
    async () => (await wordsOf(row('to all three'))) === 'went to mailbox, which is gone',
  )
  await until(
    'that there is none',
    async () => (await wordsOf(row('to those that are left'))) === 'no destination',
  )
  await show('Timeline')
  const names = page.getByRole('list', { name: 'Rows' }).getByRole('listitem')
  await until('its row', async () => (await wordsOf(names.first())) === 'RabbitMQ no destination')
  await show('Flow')
  await page.getByRole('img', { name: /RabbitMQ: no destination\./ }).waitFor()
  const empty = page.getByRole('region', { name: 'RabbitMQ: no destination' })
  await empty.getByRole('button', { name: 'Add a queue' }).waitFor()
  await page.getByRole('textbox', { name: 'Message to Redis and Kafka' }).waitFor()
  const size = page.viewportSize() ?? { width: 1440, height: 900 }
  await page.setViewportSize({ width: 390, height: 844 })
  for (const view of ['Flow', 'Panes']) {
    await show(view)
    const tab = page.getByRole('navigation', { name: 'Lanes' }).getByRole('button', { name: 'RabbitMQ' })
    expect(await wordsOf(tab)).toBe('RabbitMQ no destination')
    await page.getByRole('navigation', { name: 'Lanes' }).getByRole('button', { name: 'Redis' }).click()
    await empty.waitFor({ state: 'hidden' })
    await tab.click()
    await empty.getByRole('button', { name: 'Add a queue' }).waitFor()
  }
  await page.setViewportSize(size)
}

test('a lane without a destination offers to add one, and the others get what is sent meanwhile', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  await at.log('worker-1 on RabbitMQ mailbox').waitFor()
  await at.sendToAll('to all three')
  await until('the queue', async () => (await verdictOf(at, 'rabbitmq')).startsWith('1 of 2 got #1'))
  await desk.dashboard.request('DELETE', `/api/rooms/${room}/destinations/rabbitmq:mailbox`)
  const empty = at.page.getByRole('region', { name: 'RabbitMQ: no destination' })
  await empty.waitFor()
  expect(await at.log('worker-1 on RabbitMQ mailbox').count()).toBe(0)
  const places = at.page.locator('#view-panes section[data-system]')
  const systems = await places.evaluateAll((all) => all.map((one) => one.getAttribute('data-system')))
  expect([...new Set(systems)], 'the order of the lanes').toEqual(['rabbitmq', 'redis', 'kafka'])
  expect(await wordsOf(at.page.getByRole('status', { name: 'Receipt' }))).toContain('#1 sent to all three')
  await at.sendTo('Redis and Kafka', 'to those that are left')
  await until('the fan-out', async () => (await verdictOf(at, 'redis')).startsWith('2 of 2 got #2'))
  await until('the log', async () => (await verdictOf(at, 'kafka')).startsWith('1 per group got #2'))
  expect(await wordsOf(at.page.getByRole('status', { name: 'Receipt' }))).toContain(
    '#2 sent to Redis and Kafka',
  )
  await emptyPlaceInEveryView(at)
  await at.page.getByRole('tab', { name: 'Panes' }).click()
  await empty.getByRole('button', { name: 'Add a queue' }).click()
  await until('a lane again', async () => (await at.lane('rabbitmq').getByRole('log').count()) > 0)
  expect(at.faults).toEqual([])
})
