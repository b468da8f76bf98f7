import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach } from 'vitest'
import type { ConsumerEvent, Driver, DriverFault, OutgoingMessage } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { type Settings, settingsSchema } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, quietLog, type Recorder, upWithin } from './contract-bench.ts'

type EventOf<T extends ConsumerEvent['type']> = Extract<ConsumerEvent, { type: T }>

export const eventsOf = <T extends ConsumerEvent['type']>({ events }: Recorder, ...types: T[]) =>
  events.filter((event): event is EventOf<T> => (types as string[]).includes(event.type))
export const settlings = (recorder: Recorder) =>
  eventsOf(recorder, 'acknowledged', 'requeued', 'rejected', 'dead-lettered')
export const hears = (recorder: Recorder, text: string) =>
  until(`"${text}"`, () => recorder.texts().includes(text))
export const acknowledges = (recorder: Recorder, count: number) =>
  until(`${count} acknowledged`, () => eventsOf(recorder, 'acknowledged').length >= count)

const draft = (text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  messageId: randomUUID(),
  body: Buffer.from(text),
  sentAt: now(),
  ...more,
})

/** One driver and programs outside, in one mode; everything a test makes on Redis is gone after it. */
export function createRedisBench(mode: Mode, url = () => testBrokers().redis.url) {
  const undo: Array<() => unknown> = []
  afterEach(async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step()
  })
  const schemas = manifest.modes[mode]
  if (!schemas) throw new Error(`Redis has no mode ${mode}`)
  const faults: DriverFault[] = []

  const bench = {
    faults,
    undo,
    open: async (clientName = uniqueName('redis')): Promise<Driver> => {
      const driver = createDriver({ url: url(), clientName, log: quietLog })
      driver.onFault((fault) => void faults.push(fault))
      undo.push(() => driver.close())
      driver.open()
      await upWithin(driver)
      return driver
    },
    /** A program outside, on the bare client library. */
    outside: (): Redis => {
      const redis = new Redis(url(), { retryStrategy: () => 50 })
      redis.on('error', () => undefined)
      undo.push(() => redis.disconnect())
      return redis
    },
    declare: async (driver: Driver, over: Settings = {}, address = uniqueName('law')): Promise<string> => {
      const settings = settingsSchema.parse(schemas.destinationSettings.parse(over))
      await driver.declare({ address, mode, settings, owned: true })
      undo.push(async () => driver.status.status === 'up' && driver.remove(address))
      return address
    },
    attach: async (
      driver: Driver,
      address: string,
      over: Settings = {},
      name = uniqueName('one'),
    ): Promise<Recorder> => {
      const settings = settingsSchema.parse(schemas.consumerSettings.parse(over))
      const recorder = await attachRecorder(driver, { name, address, mode, settings })
      undo.push(() => recorder.consumer.leave())
      return recorder
    },
    send: (driver: Driver, address: string, text: string, more: Partial<OutgoingMessage> = {}) =>
      driver.publish(address, draft(text, { messageId: text, ...more })),
    sendAll: (driver: Driver, address: string, texts: readonly string[]) =>
      Promise.all(texts.map((text) => bench.send(driver, address, text))),
    facts: async <M extends Mode>(driver: Driver, address: string, of: M) => {
      const facts = await driver.facts(address)
      if (facts.mode !== of) throw new Error(`facts of a ${of} came as ${facts.mode}`)
      return facts as Extract<Facts, { mode: M }>
    },
  }
  return bench
}

export const numbered = (word: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${word} ${index}`)
