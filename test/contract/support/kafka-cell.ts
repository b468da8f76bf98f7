import { afterAll, afterEach, beforeAll } from 'vitest'
import type { AssignmentChange, Declared, Driver, Receipt } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, type Draft, draftOf, quietLog, type Recorder, upWithin } from './contract-bench.ts'

export interface Join {
  name?: string
  group?: string
  settings?: Settings
  /** Another use of the same topic. */
  as?: Mode
}

/** A topic in one mode, and its consumers, as the laws of that mode ask for them; all gone after each test. */
export interface KafkaCell<M extends Mode> {
  driver(): Driver
  changes: AssignmentChange[]
  declare(settings?: Settings): Promise<string>
  declared(address: string, settings: Settings): Promise<Declared>
  join(address: string, how?: Join): Promise<Recorder>
  publish(address: string, draft: Draft | string): Promise<Receipt>
  /** One after the other. */
  publishAll(address: string, drafts: ReadonlyArray<Draft | string>): Promise<Receipt[]>
  facts(address: string): Promise<Extract<Facts, { mode: M }>>
}

export function createKafkaCell<M extends Mode>(mode: M): KafkaCell<M> {
  const changes: AssignmentChange[] = []
  const recorders: Recorder[] = []
  const topics: string[] = []
  let opened: Driver | undefined
  const driver = () => {
    if (!opened) throw new Error('the driver is opened before the first test')
    return opened
  }
  beforeAll(async () => {
    opened = createDriver({ url: testBrokers().kafka.url, clientName: 'switchboard-laws', log: quietLog })
    opened.onAssignment((change) => void changes.push(change))
    opened.open()
    await upWithin(opened)
  })
  afterEach(async () => {
    await Promise.all(recorders.splice(0).map(({ consumer }) => consumer.leave()))
    for (const topic of topics.splice(0)) await driver().remove(topic)
    changes.length = 0
  })
  afterAll(() => opened?.close())

  const declared = (address: string, settings: Settings) =>
    driver().declare({ address, mode, settings, owned: true })
  const publish = (address: string, draft: Draft | string) => driver().publish(address, draftOf(draft))
  return {
    driver,
    changes,
    declared,
    declare: async (settings = {}) => {
      const address = uniqueName('laws')
      topics.push(address)
      await declared(address, settings)
      return address
    },
    join: async (address, { name = uniqueName('consumer'), group, settings = {}, as = mode } = {}) => {
      const inGroup = group === undefined ? {} : { group }
      const recorder = await attachRecorder(driver(), { name, address, mode: as, settings, ...inGroup })
      recorders.push(recorder)
      return recorder
    },
    publish,
    publishAll: async (address, drafts) => {
      const receipts: Receipt[] = []
      for (const draft of drafts) receipts.push(await publish(address, draft))
      return receipts
    },
    facts: async (address) => {
      const found = await driver().facts(address)
      if (found.mode !== mode) throw new Error(`facts of a ${mode} came as ${found.mode}`)
      return found as Extract<Facts, { mode: M }>
    },
  }
}

export const texts = (count: number, word = 'm') =>
  Array.from({ length: count }, (_, index) => `${word}${index}`)
export const hears = (recorder: Recorder, count: number, timeoutMs = 20_000) =>
  until(`${count} messages at ${recorder.spec.name}`, () => recorder.texts().length >= count, { timeoutMs })
export const all = (recorders: readonly Recorder[]) => recorders.flatMap((recorder) => recorder.texts())
export const places = (recorder: Recorder) =>
  recorder
    .deliveries()
    .map(({ address }) => (address.kind === 'offset' ? address : { partition: -1, offset: '-1' }))
export const partitionOf = (receipt: Receipt | undefined) =>
  receipt?.outcome === 'published' && receipt.address?.kind === 'offset' ? receipt.address.partition : -1
