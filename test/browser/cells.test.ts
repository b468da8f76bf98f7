import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
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

const modeOf = (at: DeskPage, label: string, mode: string) =>
  at.page.getByRole('radiogroup', { name: `Mode for ${label}` }).getByRole('radio', { name: mode })

const destinationBox = (at: DeskPage, label: string) =>
  at.page.getByRole('button', { name: new RegExp(`^Destination on ${label}`) })

async function openAdding(at: DeskPage, label: string) {
  await destinationBox(at, label).click()
  await at.page.getByRole('button', { name: 'Add a destination' }).click()
  return at.page.locator('[popover]:popover-open')
}

describe('choosing a mode', () => {
  test('makes its first destination with its consumers, and sends go there from then on', async () => {
    const at = await desk.open(await desk.room())
    await modeOf(at, 'Kafka', 'Queue').click()
    await at.log('worker-1 on Kafka orders').waitFor()
    await at.log('worker-2 on Kafka orders').waitFor()
    await until(
      'it to be made',
      async () => (await at.page.locator('[data-part="aim-note"]').count()) === 0,
      {
        timeoutMs: 15_000,
      },
    )
    await at.sendToAll('a job for one of them')
    await until('one of two', async () => (await wordsOf(at.verdict('kafka'))).startsWith('1 of 2 got #1'))
    expect(await at.page.getByRole('region', { name: 'Kafka topic orders' }).count()).toBe(1)
  })

  test('shows the destination of that mode that was shown last, and keeps the text that was being written', async () => {
    const at = await desk.open(await desk.room())
    const field = at.page.getByRole('textbox', { name: 'Message to RabbitMQ' })
    await field.fill('half a thought')
    await modeOf(at, 'RabbitMQ', 'Fan-out').click()
    await at.log('subscriber-2 on RabbitMQ announcements').waitFor()
    await modeOf(at, 'RabbitMQ', 'Queue').click()
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    expect(await at.log('subscriber-2 on RabbitMQ announcements').count()).toBe(0)
    expect(await field.inputValue()).toBe('half a thought')
    const note = at.lane('rabbitmq').locator('[data-part="shown-note"]')
    expect(await wordsOf(note)).toContain('mailbox: a queue of its own. announcements stays as it is.')
    await note.getByRole('button', { name: 'Back to announcements' }).click()
    await at.log('subscriber-2 on RabbitMQ announcements').waitFor()
    expect(await note.count()).toBe(0)
  })

  test('is done by arrow keys as well, and the focus stays on what is chosen', async () => {
    const at = await desk.open(await desk.room())
    await modeOf(at, 'Kafka', 'Log').focus()
    await at.page.keyboard.press('ArrowLeft')
    await at.log('subscriber-1 on Kafka alerts').waitFor()
    await until(
      'the focus on it',
      async () =>
        (await modeOf(at, 'Kafka', 'Fan-out').getAttribute('aria-checked')) === 'true' &&
        (await modeOf(at, 'Kafka', 'Fan-out').evaluate((radio) => radio === document.activeElement)),
    )
  })

  test.each([
    ['Redis', 'feed'],
    ['RabbitMQ', 'journal'],
  ])(
    'to a log on %s lights the traced entry on the strip of %s, at its place, in the panes and in the flow',
    async (label, name) => {
      const at = await desk.open(await desk.room())
      await modeOf(at, label, 'Log').click()
      const log = at.log(`reader-1 on ${label} ${name}`)
      await log.waitFor()
      await until(
        'it to be made',
        async () => (await at.page.locator('[data-part="aim-note"]').count()) === 0,
      )
      for (const text of ['first', 'second', 'third']) await at.sendTo(label, text)
      await until('all three', async () => (await log.locator('[data-message-id]').count()) === 3)
      await log.locator('[data-message-id]').nth(1).click()
      const lit = at.lane(label.toLowerCase()).locator('[data-part="keep"] .fig-in.on')
      await until('the second', async () => (await lit.allTextContents()).join() === '1')
      await at.page.getByRole('tab', { name: 'Flow' }).click()
      await until('it in the flow', async () => (await at.page.locator('.flow-cell.on').count()) === 1)
    },
  )

  test("moves nobody else's lane, and outlives a reload", async () => {
    const room = await desk.room()
    const mine = await desk.open(room)
    const theirs = await desk.open(room)
    await theirs.log('worker-1 on RabbitMQ mailbox').waitFor()
    await modeOf(mine, 'RabbitMQ', 'Log').click()
    await mine.log('reader-1 on RabbitMQ journal').waitFor()
    await destinationBox(theirs, 'RabbitMQ').click()
    await theirs.page.getByRole('list', { name: 'Destinations on RabbitMQ' }).getByText('journal').waitFor()
    expect(await theirs.log('worker-1 on RabbitMQ mailbox').count()).toBe(1)
    await mine.page.reload()
    await mine.log('reader-1 on RabbitMQ journal').waitFor()
  })
})

describe('destinations', () => {
  test('what other programs have on the broker is offered, is added as it is, and nobody takes its messages', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    const outside = new Redis(testBrokers().redis.url)
    const address = `${uniqueName('jobs')}:theirs`
    onTestFinished(async () => {
      await outside.del(address)
      outside.disconnect()
    })
    await outside.lpush(address, 'their job')
    const box = await openAdding(at, 'Redis')
    await box.getByRole('button', { name: address }).click()
    expect(await box.getByRole('radio', { name: 'Queue' }).getAttribute('aria-checked')).toBe('true')
    await box.getByRole('button', { name: /^Add list jobs-/ }).click()
    await until('it to be shown', async () => (await wordsOf(at.lane('redis'))).includes('No worker here'))
    const { destinations } = await desk.dashboard.snapshot(room)
    expect(destinations.find((one) => one.address === address)).toMatchObject({
      mode: 'queue',
      existed: true,
      settings: { kind: 'list' },
    })
    expect(await outside.llen(address)).toBe(1)
  })

  test('one is added with its settings, and the broker has it so', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    const box = await openAdding(at, 'Kafka')
    await box.getByRole('textbox', { name: 'Name', exact: true }).fill('wide')
    await box.getByRole('spinbutton', { name: 'Partitions' }).fill('5')
    await box.getByRole('checkbox', { name: /from the start/ }).uncheck()
    await box.getByRole('button', { name: 'Add topic wide' }).click()
    await until('it to be shown', async () => (await wordsOf(at.lane('kafka'))).includes('No reader here'))
    const { destinations } = await desk.dashboard.snapshot(room)
    const wide = destinations.find(({ name }) => name === 'wide')
    expect(wide).toMatchObject({ mode: 'log', settings: { partitions: 5 } })
    expect(wide?.traits).toContain('5 partitions')
  })

  test('a name that is taken is refused in words, and the lane is left as it was', async () => {
    const at = await desk.open(await desk.room())
    const box = await openAdding(at, 'RabbitMQ')
    await box.getByRole('textbox', { name: 'Name', exact: true }).fill('mailbox')
    await box.getByRole('button', { name: 'Add queue mailbox' }).click()
    await until(
      'the reason',
      async () => (await wordsOf(box.getByRole('alert'))) === 'That name is taken. Choose another.',
    )
    expect(await at.log('worker-1 on RabbitMQ mailbox').count()).toBe(1)
  })

  test('a lane goes back to its first one when the one it shows is removed, and asks before', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await modeOf(at, 'RabbitMQ', 'Log').click()
    await at.log('reader-1 on RabbitMQ journal').waitFor()
    await until('it to be made', async () => (await at.page.locator('[data-part="aim-note"]').count()) === 0)
    await destinationBox(at, 'RabbitMQ').click()
    await at.page.getByRole('button', { name: 'Remove journal' }).click()
    expect(await wordsOf(at.page.locator('[data-part="confirm"]'))).toContain(
      'goes from the broker with all it holds',
    )
    await at.page.locator('[data-part="confirm"]').getByRole('button', { name: 'Remove journal' }).click()
    await at.log('worker-1 on RabbitMQ mailbox').waitFor()
    const { destinations } = await desk.dashboard.snapshot(room)
    expect(destinations.map(({ name }) => name)).not.toContain('journal')
  })

  test('a variant that can do less is offered less, and its settings say why', async () => {
    const at = await desk.open(await desk.room())
    const box = await openAdding(at, 'Redis')
    await box.getByRole('radio', { name: 'Queue' }).click()
    await box.getByRole('textbox', { name: 'Name', exact: true }).fill('line')
    await box.getByRole('combobox', { name: 'Kind' }).selectOption('list')
    expect(await box.getByRole('spinbutton').count()).toBe(0)
    await box.getByRole('button', { name: 'Add list line' }).click()
    await at.log('worker-1 on Redis line').waitFor()
    const lane = at.lane('redis')
    expect(await lane.getByRole('button', { name: 'Options for Redis' }).count()).toBe(0)
    await lane.getByRole('button', { name: 'New worker on Redis, with its settings' }).click()
    await box.getByRole('button', { name: 'Add worker-3' }).waitFor()
    expect(await box.getByRole('button', { name: 'Add dead-letter reader to Redis' }).count()).toBe(0)
    await at.page.keyboard.press('Escape')
    await at.sendTo('Redis', 'bare')
    await until('it to be worked on', async () =>
      (await wordsOf(at.verdict('redis'))).startsWith('1 of 2 got #1'),
    )
    await destinationBox(at, 'Redis').click()
    await at.page.getByRole('button', { name: 'Settings of line' }).click()
    const words = await wordsOf(at.page.locator('[popover]:popover-open'))
    expect(words).toContain('Kind list')
    for (const reason of ['its text and nothing else', 'no dead letters', 'to change']) {
      expect(words).toContain(reason)
    }
  })

  test('settings that can be altered are, and where none can the box says why', async () => {
    const room = await desk.room()
    const at = await desk.open(room)
    await destinationBox(at, 'Kafka').click()
    await at.page.getByRole('button', { name: 'Settings of datascience' }).click()
    await at.page.getByRole('spinbutton', { name: 'Partitions' }).fill('4')
    await at.page.getByRole('button', { name: 'Change datascience' }).click()
    await until(
      'four strips',
      async () => (await wordsOf(at.lane('kafka').locator('[data-part="keep"]'))).includes('p3'),
      {
        timeoutMs: 15_000,
      },
    )
    await destinationBox(at, 'RabbitMQ').click()
    await at.page.getByRole('button', { name: 'Settings of mailbox' }).click()
    expect(await wordsOf(at.page.locator('[popover]:popover-open'))).toContain(
      'RabbitMQ fixes what a destination is when it is made',
    )
  })
})
