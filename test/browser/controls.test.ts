import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
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

const changed = (at: DeskPage) =>
  until('the change', async () =>
    (await wordsOf(at.page.locator('[popover]:popover-open').last())).includes('Changed.'),
  )

async function openSettings(at: DeskPage, name: string) {
  await at.page.getByRole('button', { name: `More for ${name}` }).click()
  await at.page.getByRole('button', { name: `Settings of ${name}` }).click()
}

async function ackByHand(at: DeskPage, name: string) {
  await openSettings(at, name)
  await at.page.getByRole('combobox', { name: 'Ack mode' }).selectOption('manual')
  await changed(at)
  await at.page.keyboard.press('Escape')
  await at.page.keyboard.press('Escape')
}

/** A room whose RabbitMQ queue `jobs` keeps dead letters and has these workers. */
async function roomWithJobs(workers: readonly string[]): Promise<{ room: string; at: DeskPage }> {
  const room = await desk.room()
  const settings = { deadLetters: true }
  const jobs = { system: 'rabbitmq', mode: 'queue', name: 'jobs', settings }
  await desk.post(room, 'destinations', jobs)
  for (const name of workers) {
    await desk.post(room, 'consumers', {
      system: 'rabbitmq',
      destination: 'jobs',
      name,
      settings: { ackMode: 'manual', prefetch: 5 },
    })
  }
  const at = await desk.open(room)
  await at.page.getByRole('button', { name: /^Destination on RabbitMQ/ }).click()
  await at.page.getByRole('list', { name: 'Destinations on RabbitMQ' }).getByText('jobs').click()
  if (workers[0]) await at.log(`${workers[0]} on RabbitMQ jobs`).waitFor()
  return { room, at }
}

describe('a consumer is turned while it is at work', () => {
  test('one click makes it slow, a second one slower, a third as fast as before', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    const slow = at.page.getByRole('button', { name: /slow down worker-1$/i })
    for (const [ms, words] of [
      [500, '0.5 s'],
      [2_000, '2 s'],
      [0, ''],
    ] as const) {
      await slow.click()
      await until(`${ms} ms a message`, async () => (await wordsOf(slow)) === words)
      const { consumers } = await desk.dashboard.snapshot(room)
      expect(consumers.find(({ name }) => name === 'worker-1')?.settings.processingMs).toBe(ms)
    }
  })

  test('the slider slows it down, and its settings are everybody’s', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await openSettings(at, 'worker-1')
    const slider = at.page.getByRole('slider', { name: 'Processing time' })
    await slider.fill('4000')
    await until('its words', async () => (await slider.getAttribute('aria-valuetext')) === '4,000 ms')
    await changed(at)
    await at.page.keyboard.press('Escape')
    const { consumers } = await desk.dashboard.snapshot(room)
    expect(consumers.find(({ name }) => name === 'worker-1')?.settings.processingMs).toBe(4_000)
    await at.sendTo('RabbitMQ', 'one')
    await at.sendTo('RabbitMQ', 'two')
    const state = at.lane('rabbitmq').locator('article[data-consumer="worker-1"] [data-part="state"]')
    await until('it to be busy', async () => /holding #\d/.test(await wordsOf(state)))
  })
})

describe('settling by hand', () => {
  test('an ack, by keyboard, is done with; a requeue comes again marked redelivered', async () => {
    const { at } = await roomWithJobs(['hand-1'])
    const log = at.log('hand-1 on RabbitMQ jobs')
    await at.sendTo('RabbitMQ', 'first')
    await log.getByRole('button', { name: 'Ack #1' }).focus()
    await at.page.keyboard.press('Enter')
    await until('it to be acked', async () => (await wordsOf(log)).includes('acked'))
    await at.sendTo('RabbitMQ', 'second')
    await log.getByRole('button', { name: 'Requeue #2' }).click()
    await until('it to be back', async () => (await wordsOf(log)).includes('redelivered'))
    await log.getByRole('button', { name: 'Ack #2' }).click()
    await until('nothing in hand', async () => (await log.locator('[data-part="settle"]').count()) === 0)
  })

  test('the tray counts what is in hand, and settles what has scrolled away', async () => {
    const { at } = await roomWithJobs(['hand-1'])
    for (const text of ['a', 'b', 'c']) await at.sendTo('RabbitMQ', text)
    const tray = at.page.getByRole('button', { name: '3 unacked at hand-1' })
    await tray.click()
    const list = at.page.getByRole('list', { name: 'Unacked at hand-1' })
    await list.getByRole('button', { name: 'Ack #2' }).click()
    await until('two left', async () => (await list.getByRole('listitem').count()) === 2)
    await at.page.getByRole('button', { name: '2 unacked at hand-1' }).waitFor()
  })

  test('what is rejected goes to the dead letters, whose pane says why', async () => {
    const { at } = await roomWithJobs(['hand-1'])
    await at.page.getByRole('button', { name: 'New worker on RabbitMQ, with its settings' }).click()
    await at.page.getByRole('button', { name: 'Add dead-letter reader to RabbitMQ' }).click()
    await at.page.keyboard.press('Escape')
    const dead = at.log('dead-letters-1 on RabbitMQ jobs')
    await dead.waitFor()
    await at.sendTo('RabbitMQ', 'poison')
    await at.log('hand-1 on RabbitMQ jobs').getByRole('button', { name: 'Reject #1' }).click()
    await until('the reason', async () =>
      (await wordsOf(dead)).includes('Dead-lettered: a consumer rejected it (rejected)'),
    )
  })

  test('the pane of a dead-letter reader is marked as one, also where a worker is made one later', async () => {
    const { at } = await roomWithJobs(['hand-1', 'hand-2'])
    const pane = at.page.locator('article', { has: at.log('hand-2 on RabbitMQ jobs') })
    await pane.waitFor()
    expect(await pane.getAttribute('data-role')).toBeNull()
    await openSettings(at, 'hand-2')
    const reads = at.page
      .locator('[popover]:popover-open')
      .last()
      .getByRole('combobox', { name: /^Reads/ })
    await reads.selectOption('dead-letters')
    await until('its role', async () => (await pane.getAttribute('data-role')) === 'dead-letters')
    await until('it to be there again', async () => (await wordsOf(pane)).includes('dead letters, 0 here'))
    await at.sendTo('RabbitMQ', 'poison')
    await at.log('hand-1 on RabbitMQ jobs').getByRole('button', { name: 'Reject #1' }).click()
    await until('the reason', async () => (await wordsOf(pane)).includes('a consumer rejected it'))
    await at.page.keyboard.press('Escape')
    await at.page.keyboard.press('Escape')
    await openSettings(at, 'hand-2')
    await reads.selectOption('queue')
    await until('its role to go', async () => (await pane.getAttribute('data-role')) === null)
  })

  test('after a crash all that was in hand comes to the other one, marked', async () => {
    const { at } = await roomWithJobs(['hand-1', 'hand-2'])
    for (const text of ['a', 'b']) await at.sendTo('RabbitMQ', text)
    await at.page.getByRole('button', { name: '1 unacked at hand-1' }).waitFor()
    await at.page.getByRole('button', { name: 'Crash hand-1' }).click()
    await at.page.getByRole('button', { name: '2 unacked at hand-2' }).waitFor()
    await until('the mark', async () =>
      (await wordsOf(at.log('hand-2 on RabbitMQ jobs'))).includes('redelivered'),
    )
  })

  test('a worker of the classic queue can be set to acknowledge by hand', async () => {
    const at = await desk.open(await desk.room())
    await ackByHand(at, 'worker-1')
    await at.page.getByRole('button', { name: '0 unacked at worker-1' }).waitFor()
  })
})

describe('reading again', () => {
  test('from the start brings every row once more', async () => {
    const at = await desk.open(await desk.room())
    for (const text of ['one', 'two']) await at.sendTo('Kafka', text)
    const log = at.log('reader-3 on Kafka datascience')
    const rows = () => log.locator('[data-message-id]').count()
    await until('both', async () => (await rows()) === 2)
    await at.page.getByRole('button', { name: 'More for reader-3' }).click()
    await at.page.getByRole('button', { name: 'Replay for reader-3' }).click()
    await at.page.getByRole('button', { name: 'From the start' }).click()
    await until('both again', async () => (await rows()) === 4, { timeoutMs: 15_000 })
  })

  test('is greyed with its reason where a mode has no such thing', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'More for worker-1' }).click()
    const menu = at.page.locator('[popover]:popover-open')
    expect(await menu.getByRole('button', { name: 'Replay' }).isDisabled()).toBe(true)
    expect(await wordsOf(menu)).toContain('A RabbitMQ queue forgets a message once it is acknowledged.')
  })
})
