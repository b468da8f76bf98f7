import { connect } from 'amqplib'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { type DeskPage, openDesk, type TestDesk, wordsOf } from '#test/support/browser.ts'
import { until } from '#test/support/until.ts'

vi.setConfig({ testTimeout: 90_000 })

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk.close())

async function withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const brokers = testBrokers().kafka.url.split(',')
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

async function deleteQueue(name: string): Promise<void> {
  const model = await connect(testBrokers().rabbitmq.url)
  const channel = await model.createChannel()
  await channel.deleteQueue(name)
  await model.close()
}

test('a queue that somebody deleted is said to be gone, and one click makes it again with its workers', async () => {
  const room = await desk.room()
  const at = await desk.open(room)
  const worker = at.log('worker-1 on RabbitMQ mailbox')
  await worker.waitFor()
  const { destinations } = await desk.dashboard.snapshot(room)
  const address = destinations.find(({ name }) => name === 'mailbox')?.address ?? ''
  await deleteQueue(address)
  const card = at.lane('rabbitmq').locator('[data-part="gone"]')
  await card.waitFor()
  expect(await wordsOf(card)).toContain('mailbox is gone from RabbitMQ Somebody deleted the queue there')
  await card.getByRole('button', { name: 'Make mailbox again' }).click()
  await card.waitFor({ state: 'detached' })
  await desk.dashboard.attached(room)
  await at.sendTo('RabbitMQ', 'here again')
  await until('one of two', async () => (await wordsOf(at.verdict('rabbitmq'))).startsWith('1 of 2 got #1'))
})

test('a destination may have an address apart from its name: other programs meet it there, and removing it here leaves it', async () => {
  const at = await desk.open(await desk.room())
  const address = `team/in box ${uniqueName('a')}`
  await at.page.getByRole('button', { name: /^Destination on RabbitMQ/ }).click()
  await at.page.getByRole('button', { name: 'Add a destination' }).click()
  const box = at.page.locator('[popover]:popover-open form')
  await box.getByRole('textbox', { name: 'Name', exact: true }).fill('inbox')
  await box.getByRole('textbox', { name: 'Name on RabbitMQ, if it has another there' }).fill(address)
  await box.getByRole('button', { name: 'Add queue inbox' }).click()
  await at.log('worker-1 on RabbitMQ inbox').waitFor()
  const model = await connect(testBrokers().rabbitmq.url)
  onTestFinished(() => model.close())
  const channel = await model.createChannel()
  onTestFinished(async () => void (await channel.deleteQueue(address)))
  channel.sendToQueue(address, Buffer.from('by its address'))
  const lane = at.lane('rabbitmq')
  await lane.locator('[data-message-id]', { hasText: 'by its address' }).first().waitFor()
  await at.sendTo('RabbitMQ', 'by its name')
  await until('one of two', async () => /^1 of 2 got #\d/.test(await wordsOf(at.verdict('rabbitmq'))))
  await at.page.getByRole('button', { name: 'Destination on RabbitMQ: inbox' }).click()
  await at.page.getByRole('button', { name: 'Remove inbox' }).click()
  const confirm = at.page.locator('[data-part="confirm"]')
  expect(await wordsOf(confirm)).toContain(`The queue ${address} stays on the broker with all it holds.`)
  await confirm.getByRole('button', { name: 'Remove inbox' }).click()
  await at.log('worker-1 on RabbitMQ inbox').waitFor({ state: 'detached' })
  expect(await channel.checkQueue(address)).toMatchObject({ queue: address })
})

describe('a topic that was on the broker before the lobby used it', () => {
  const partitionsOf = (topic: string) =>
    withAdmin(
      async (admin) => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length,
    )

  const openBox = async (at: DeskPage) => {
    await at.page.getByRole('button', { name: /^Destination on Kafka/ }).click()
    return at.page.locator('[popover]:popover-open')
  }

  test('is changed only after a question, and stays when it is removed here', async () => {
    const topic = uniqueName('theirs').slice(-30)
    await withAdmin((admin) =>
      admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }),
    )
    const at = await desk.open('lobby')
    let box = await openBox(at)
    await box.getByRole('button', { name: 'Add a destination' }).click()
    await box.getByRole('textbox', { name: 'Name', exact: true }).fill(topic)
    await box.getByRole('button', { name: `Add topic ${topic}` }).click()
    await at.log(`reader-1 on Kafka ${topic}`).waitFor()
    await until('it to be made', async () => (await at.page.locator('[data-part="aim-note"]').count()) === 0)
    await box.waitFor({ state: 'hidden' })
    box = await openBox(at)
    await box.getByRole('button', { name: `Settings of ${topic}` }).click()
    await box.getByRole('spinbutton', { name: 'Partitions' }).fill('2')
    await box.getByRole('button', { name: `Change ${topic}`, exact: true }).click()
    const sure = box.getByRole('button', { name: `Change ${topic} for all` })
    await sure.waitFor()
    expect(await wordsOf(box)).toContain('other programs may use it. Change it for all of them?')
    expect(await partitionsOf(topic)).toBe(1)
    await sure.click()
    await until('the change', async () => (await partitionsOf(topic)) === 2)
    box = await openBox(at)
    await box.getByRole('button', { name: `Remove ${topic}` }).click()
    const confirm = at.page.locator('[data-part="confirm"]')
    expect(await wordsOf(confirm)).toContain('was on the broker before, and stays there with all it holds')
    await confirm.getByRole('button', { name: `Remove ${topic}` }).click()
    await until('it to leave the lobby', async () => {
      const { destinations } = await desk.dashboard.snapshot()
      return !destinations.some(({ name }) => name === topic)
    })
    expect(await withAdmin((admin) => admin.listTopics())).toContain(topic)
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }))
  })
})
