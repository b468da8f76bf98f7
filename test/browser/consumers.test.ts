import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

describe('adding and removing', () => {
  test('a worker is added with one click and the next free name and shares the queue', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Add worker to RabbitMQ' }).click()
    await at.log('worker-3 on RabbitMQ mailbox').waitFor()
    await at.page.getByRole('button', { name: 'Send a burst of 10 to RabbitMQ' }).click()
    await at.log('worker-3 on RabbitMQ mailbox').locator('[data-message-id]').first().waitFor()
  })

  test('a reader of a new group reads from the beginning when asked', async () => {
    const at = await desk.open(await desk.room())
    await at.sendTo('Kafka', 'written before anybody came')
    await at.log('reader-3 on Kafka datascience').locator('[data-message-id]').waitFor()
    await at.page.getByRole('button', { name: 'New reader on Kafka, with its settings' }).click()
    await at.page.getByRole('combobox', { name: 'Group' }).fill('latecomers')
    await at.page.getByRole('combobox', { name: 'From' }).selectOption('earliest')
    await at.page.getByRole('button', { name: 'Add reader-4' }).click()
    const row = at.log('reader-4 on Kafka datascience').locator('[data-message-id]')
    await row.waitFor({ timeout: 20_000 })
    expect(await wordsOf(row)).toContain('written before anybody came')
  })

  test('a name that is taken is refused in words, and the form stays', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'New subscriber on Redis, with its settings' }).click()
    const name = at.page.getByRole('textbox', { name: 'Name', exact: true })
    await name.fill('subscriber-1')
    await at.page.getByRole('button', { name: 'Add subscriber-1' }).click()
    await until(
      'the reason',
      async () =>
        (await wordsOf(at.page.locator('[popover]:popover-open form').getByRole('alert'))) ===
        'That name is taken. Choose another.',
    )
    expect(await name.inputValue()).toBe('subscriber-1')
  })

  test('a subscriber that is removed is gone, and then nobody hears', async () => {
    const at = await desk.open(await desk.room())
    for (const name of ['subscriber-1', 'subscriber-2']) {
      await at.page.getByRole('button', { name: `More for ${name}` }).click()
      await at.page.getByRole('button', { name: `Remove ${name}` }).click()
      await at.log(`${name} on Redis chatroom`).waitFor({ state: 'detached' })
    }
    await at.sendTo('Redis', 'into the void')
    await until('the lane to say it', async () =>
      (await wordsOf(at.lane('redis'))).includes('Nobody heard #1'),
    )
    expect(await wordsOf(at.lane('redis'))).toContain('Redis passed it to 0 subscribers and kept no copy.')
  })
})

describe('crash and pause', () => {
  test('a crashed worker says so, gets nothing, and starts again', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Crash worker-1' }).click()
    const again = at.page.getByRole('button', { name: 'Start again worker-1' })
    await again.waitFor()
    expect(await wordsOf(at.lane('rabbitmq').locator('[data-part="state"]').first())).toMatch(/^crashed/)
    await at.sendTo('RabbitMQ', 'only worker-2 is left')
    await at.log('worker-2 on RabbitMQ mailbox').locator('[data-message-id]').waitFor()
    expect(await at.log('worker-1 on RabbitMQ mailbox').locator('[data-message-id]').count()).toBe(0)
    await again.click()
    await at.page.getByRole('button', { name: 'Crash worker-1' }).waitFor()
  })

  test('a crashed reader is counted down until its broker notices, and its partitions move on', async () => {
    const at = await desk.open(await desk.room())
    await at.page.getByRole('button', { name: 'Crash reader-2' }).click()
    const states = at.lane('kafka').locator('[data-part="state"]')
    await until('a countdown', async () => /evicted in \d+ s/.test(await wordsOf(states.nth(1))))
    await until(
      'reader-1 to own everything',
      async () => (await wordsOf(states.first())) === 'analytics, p0 p1 p2',
      { timeoutMs: 25_000 },
    )
  })

  test('a paused subscriber is marked as paused, and goes on where it was', async () => {
    const at = await desk.open(await desk.room())
    const pause = at.page.getByRole('button', { name: 'Pause subscriber-1' })
    await pause.click()
    await until('it to be pressed', async () => (await pause.getAttribute('aria-pressed')) === 'true')
    await at.sendTo('Redis', 'while paused')
    await at.log('subscriber-2 on Redis chatroom').locator('[data-message-id]').waitFor()
    await at.lane('redis').locator('[data-ghost="paused"]').waitFor()
    await pause.click()
    await at.log('subscriber-1 on Redis chatroom').locator('[data-message-id]').waitFor()
    expect(await pause.getAttribute('aria-pressed')).toBe('false')
  })
})

test('a pane says that it is paused only once nothing more reaches its consumer', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  const load = { rate: 200, count: 4_000, size: 32 }
  for (const [system, paused, other] of [
    ['redis', 'subscriber-1', 'subscriber-2'],
    ['kafka', 'reader-3', 'reader-1'],
  ] as const) {
    await at.log(`${paused} on ${system === 'redis' ? 'Redis chatroom' : 'Kafka datascience'}`).waitFor()
    await desk.post(room, 'load', { system, ...load })
    const pane = at.lane(system).locator(`[data-consumer="${paused}"]`)
    await pane.locator('[data-message-id]').first().waitFor()
    await at.page.getByRole('button', { name: `Pause ${paused}` }).click()
    await until('the pane to say so', async () =>
      (await wordsOf(pane.locator('[data-part="state"]'))).includes('paused'),
    )
    const arrivals = async (consumer: string) =>
      (await desk.dashboard.events(0, room)).filter(
        (event) => event.kind === 'delivered' && event.system === system && event.consumer === consumer,
      ).length
    const [before, others] = [await arrivals(paused), await arrivals(other)]
    await until('a hundred more at another', async () => (await arrivals(other)) >= others + 100)
    expect(await arrivals(paused)).toBe(before)
    await desk.dashboard.request('DELETE', `/api/rooms/${room}/load?system=${system}`)
  }
})

describe('the trace', () => {
  test('a click on a row points at its message in every lane until Esc lets go', async () => {
    const at = await desk.open(await desk.room())
    await at.sendToAll('the first')
    await at.sendToAll('the second')
    const first = at
      .log('subscriber-1 on Redis chatroom')
      .locator('[data-message-id]')
      .filter({ hasText: 'the first' })
    await first.click()
    await until('every lane', async () => {
      const verdicts = await Promise.all(
        ['rabbitmq', 'redis', 'kafka'].map((system) => wordsOf(at.verdict(system))),
      )
      return verdicts.every((words) => words.includes('#1'))
    })
    expect(await first.getByRole('button').getAttribute('aria-pressed')).toBe('true')
    await at.page.keyboard.press('Escape')
    await at.sendToAll('the third')
    await until('the newest', async () => (await wordsOf(at.verdict('redis'))).includes('#3'))
  })
})
