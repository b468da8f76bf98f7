import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import type { Settings } from '#lib/protocol/room.ts'
import {
  attachRecorder,
  draftOf,
  quietLog,
  type Recorder,
  upWithin,
} from '#test/contract/support/contract-bench.ts'
import { hears } from '#test/contract/support/kafka-cell.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

/** A machine that also starts a Java virtual machine needs patience. */
const START_TIMEOUT_MS = 120_000
const RECOVERY_MAX_MS = 30_000

let broker: OwnBroker
let driver: Driver

beforeAll(async () => {
  broker = await startOwnBroker('kafka')
}, START_TIMEOUT_MS)
afterAll(() => broker?.close(), START_TIMEOUT_MS)

beforeEach(async () => {
  driver = createDriver({ url: broker.url, clientName: 'cells', log: quietLog })
  driver.open()
  await upWithin(driver, START_TIMEOUT_MS)
}, START_TIMEOUT_MS)
afterEach(() => driver.close(), START_TIMEOUT_MS)

const isAttached = (recorder: Recorder) =>
  recorder.events.findLast((event) => event.type === 'state')?.state === 'attached'

async function killAndReturn(recorders: readonly Recorder[]): Promise<void> {
  await broker.kill9()
  await until('down', () => driver.status.status === 'down')
  await broker.start()
  await upWithin(driver, START_TIMEOUT_MS)
  await until('all attached', () => recorders.every(isAttached), { timeoutMs: RECOVERY_MAX_MS })
}

it(
  'after an outage subscribers continue where they were, each with every message once; workers share the messages as before',
  async () => {
    const [alerts, orders] = [uniqueName('alerts'), uniqueName('orders')]
    await driver.declare({ address: alerts, mode: 'fanout', settings: { partitions: 1 }, owned: true })
    await driver.declare({ address: orders, mode: 'queue', settings: { partitions: 2 }, owned: true })
    const join = (address: string, mode: 'fanout' | 'queue', name: string) =>
      attachRecorder(driver, { name, address, mode, settings: {} })
    const subscribers = [await join(alerts, 'fanout', 'a'), await join(alerts, 'fanout', 'b')]
    const workers = [await join(orders, 'queue', 'a'), await join(orders, 'queue', 'b')]
    await driver.publish(alerts, draftOf('before'))
    for (const subscriber of subscribers) await hears(subscriber, 1)
    await until('the broker to have all commits', () =>
      subscribers.every(({ events }) => events.some(({ type }) => type === 'committed')),
    )
    await killAndReturn([...subscribers, ...workers])
    await driver.publish(alerts, draftOf('after'))
    for (const subscriber of subscribers) {
      await hears(subscriber, 2, RECOVERY_MAX_MS)
      expect(subscriber.texts()).toEqual(['before', 'after'])
    }
    const sent = ['1', '2', '3', '4']
    for (const text of sent) await driver.publish(orders, draftOf(text))
    const done = () => workers.flatMap((worker) => worker.texts())
    await until('all jobs', () => done().length >= sent.length, { timeoutMs: RECOVERY_MAX_MS })
    expect(done().sort()).toEqual(sent)
  },
  START_TIMEOUT_MS,
)

it(
  'a transaction that an outage interrupted is never reported as over, is seen at most once, and blocks no reader for long',
  async () => {
    const address = uniqueName('transactions')
    await driver.declare({ address, mode: 'log', settings: { partitions: 1 }, owned: true })
    const settings: Settings = { transaction: 'commit' }
    const reader = await attachRecorder(driver, {
      name: 'reader',
      address,
      mode: 'log',
      group: uniqueName('group'),
      settings: {},
    })
    const texts = Array.from({ length: 20 }, (_, index) => `t${index}`)
    const sending = texts.map((text) => driver.publish(address, draftOf({ text, settings })))
    await sending[0]
    await broker.kill9()
    const receipts = await Promise.all(sending)
    await until('down', () => driver.status.status === 'down')
    await broker.start()
    await upWithin(driver, START_TIMEOUT_MS)
    await until('attached', () => isAttached(reader), { timeoutMs: RECOVERY_MAX_MS })
    const receipt = await until(
      'a transaction to be possible again',
      async () => {
        const last = await driver.publish(address, draftOf({ text: 'last', settings }))
        return last.outcome === 'published' && last
      },
      { timeoutMs: RECOVERY_MAX_MS },
    )
    expect(receipt).toMatchObject({ transaction: 'committed' })
    await until('the last', () => reader.texts().includes('last'), { timeoutMs: RECOVERY_MAX_MS })
    for (const [index, text] of texts.entries()) {
      const { outcome } = receipts[index] ?? {}
      const places = new Set(
        reader
          .deliveries()
          .filter(({ body }) => Buffer.from(body).toString() === text)
          .map(({ identity }) => identity),
      )
      if (outcome === 'published') expect(places.size).toBe(1)
      else if (outcome === 'refused') expect(places.size).toBe(0)
      else expect(places.size).toBeLessThanOrEqual(1)
    }
  },
  START_TIMEOUT_MS,
)
