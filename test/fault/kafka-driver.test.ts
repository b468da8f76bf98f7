import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Driver, DriverStatus, Receipt } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import { now } from '#lib/util/clock.ts'
import {
  attachRecorder,
  draftOf,
  quietLog,
  type Recorder,
  upWithin,
} from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

/** A killed broker is noticed by its sockets: sooner than the first request would time out, after 5 s. */
const NOTICED_MAX_MS = 4_500
/** From its return until everything works again; on a machine that also starts a Java virtual machine. */
const RECOVERY_MAX_MS = 30_000
/** A machine that also starts a Java virtual machine needs patience. */
const START_TIMEOUT_MS = 120_000

let broker: OwnBroker
let driver: Driver
let address: string
let statuses: Array<{ at: number; status: DriverStatus }>

const attach = (group: string, name: string) =>
  attachRecorder(driver, { name, address, mode: 'log', group, settings: {} })
const idsOf = (all: readonly Recorder[]) => all.flatMap((recorder) => recorder.ids())
const statesOf = (recorder: Recorder) =>
  recorder.events.flatMap((event) => (event.type === 'state' ? [event.state] : []))

/** Publishes one message after the other until `stop`, or until the test ends; keeps the outcome of each. */
function startTraffic() {
  const outcomes = new Map<string, Receipt['outcome'] | 'not accepted'>()
  const pending: Array<Promise<void>> = []
  let going = true
  let count = 0
  const sendOne = async (messageId: string) => {
    try {
      outcomes.set(
        messageId,
        (await driver.publish(address, draftOf({ messageId, text: messageId }))).outcome,
      )
    } catch (error) {
      expect(error).toMatchObject({ code: 'broker-down' })
      outcomes.set(messageId, 'not accepted')
    }
  }
  const loop = async () => {
    while (going) {
      pending.push(sendOne(`m${count++}`))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const looping = loop()
  const stop = async () => {
    going = false
    await looping
    await Promise.all(pending)
  }
  // A test that fails before it stops its traffic must not disturb the next one.
  onTestFinished(stop)
  return {
    outcomes,
    with: (outcome: Receipt['outcome'] | 'not accepted') =>
      [...outcomes].filter(([, found]) => found === outcome).map(([id]) => id),
    stop,
  }
}

beforeAll(async () => {
  broker = await startOwnBroker('kafka')
}, START_TIMEOUT_MS)
afterAll(() => broker.close())
beforeEach(async () => {
  await broker.start()
  statuses = []
  driver = createDriver({ url: broker.url, clientName: 'faulty', log: quietLog })
  driver.onStatus((status) => void statuses.push({ at: now(), status }))
  driver.open()
  await upWithin(driver, START_TIMEOUT_MS)
  address = uniqueName('faulty')
  await driver.declare({ address, mode: 'log', settings: { partitions: 3 }, owned: true })
}, START_TIMEOUT_MS)
afterEach(() => driver.close())

describe('when the broker is killed under traffic and comes back', () => {
  it(
    'no confirmed message is lost, what was in flight is uncertain, nothing is sent twice, and everything recovers by itself',
    async () => {
      const [analytics, audit] = [uniqueName('analytics'), uniqueName('audit')]
      const pair = [await attach(analytics, 'reader-1'), await attach(analytics, 'reader-2')]
      const single = [await attach(audit, 'reader-3')]
      const traffic = startTraffic()
      await until('traffic', () => traffic.with('published').length > 200)
      const killedAt = now()
      await broker.kill9()
      const noticed = await until('the status', () =>
        statuses.find(({ at, status }) => at > killedAt && status.status === 'down'),
      )
      expect(noticed.at - killedAt).toBeLessThan(NOTICED_MAX_MS)
      await until('refusals', () => traffic.with('not accepted').length > 50)
      expect(statesOf(pair[0] as Recorder).at(-1)).toBe('attaching')

      await broker.start()
      const backAt = now()
      const before = traffic.with('published').length
      await until('receipts again', () => traffic.with('published').length > before, {
        timeoutMs: RECOVERY_MAX_MS,
      })
      await until(
        'all readers',
        () => [...pair, ...single].every((reader) => statesOf(reader).at(-1) === 'attached'),
        {
          timeoutMs: RECOVERY_MAX_MS,
        },
      )
      expect(now() - backAt).toBeLessThan(RECOVERY_MAX_MS)
      await traffic.stop()

      for (const members of [pair, single]) {
        await until('everything acknowledged', () => {
          const found = new Set(idsOf(members))
          return traffic.with('published').every((id) => found.has(id))
        })
        const deliveries = members.flatMap((member) => member.deliveries())
        const firsts = deliveries.filter(({ redelivered }) => !redelivered)
        expect(new Set(firsts.map(({ messageId }) => messageId)).size).toBe(firsts.length)
        const placesOfId = new Map<string | null, Set<string>>()
        for (const { messageId, identity } of deliveries) {
          placesOfId.set(messageId, (placesOfId.get(messageId) ?? new Set()).add(identity))
        }
        for (const places of placesOfId.values()) expect(places.size).toBe(1)
        const never = new Set([...traffic.with('refused'), ...traffic.with('not accepted')])
        expect(deliveries.filter(({ messageId }) => never.has(messageId ?? ''))).toEqual([])
      }
    },
    START_TIMEOUT_MS,
  )

  it(
    'what was in flight arrives at most once, and what was refused never arrives',
    async () => {
      const reader = await attach(uniqueName('group'), 'reader-1')
      await driver.publish(address, draftOf({ messageId: 'first', text: 'first' }))
      await until('the first', () => reader.ids().includes('first'))
      const admitted = Array.from({ length: 20 }, (_, index) => `in-flight-${index}`)
      const killing = broker.kill9()
      const receipts = await Promise.allSettled(
        admitted.map((messageId) => driver.publish(address, draftOf({ messageId, text: messageId }))),
      )
      await killing
      await until('down', () => driver.status.status === 'down')
      const outcomeOf = (index: number) => {
        const settled = receipts[index]
        return settled?.status === 'fulfilled' ? settled.value.outcome : 'not accepted'
      }
      await broker.start()
      await upWithin(driver, START_TIMEOUT_MS)
      await until('attached', () => statesOf(reader).at(-1) === 'attached', { timeoutMs: RECOVERY_MAX_MS })
      await driver.publish(address, draftOf({ messageId: 'last', text: 'last' }))
      await until('the last', () => reader.ids().includes('last'))
      for (const [index, messageId] of admitted.entries()) {
        const times = new Set(
          reader
            .deliveries()
            .filter((d) => d.messageId === messageId)
            .map((d) => d.identity),
        ).size
        if (outcomeOf(index) === 'published') expect(times).toBe(1)
        else if (outcomeOf(index) === 'uncertain') expect(times).toBeLessThanOrEqual(1)
        else expect(times).toBe(0)
      }
    },
    START_TIMEOUT_MS,
  )

  it(
    'a paused reader is still paused afterwards, and continues when it is resumed',
    async () => {
      const reader = await attach(uniqueName('group'), 'reader-1')
      await reader.consumer.pause()
      await driver.publish(address, draftOf('kept'))
      await broker.kill9()
      await until('down', () => driver.status.status === 'down')
      await broker.start()
      await upWithin(driver, START_TIMEOUT_MS)
      await until('attached', () => statesOf(reader).at(-1) === 'attached', { timeoutMs: RECOVERY_MAX_MS })
      const witness = await attach(uniqueName('witness'), 'witness')
      await driver.publish(address, draftOf('proof'))
      await until('the proof', () => witness.texts().includes('proof'))
      expect(reader.texts()).toEqual([])
      await reader.consumer.resume()
      await until('both', () => reader.texts().length >= 2)
      expect(reader.texts().sort()).toEqual(['kept', 'proof'])
    },
    START_TIMEOUT_MS,
  )
})

describe('closing the driver', () => {
  it(
    'is done within its deadline while the broker is away',
    async () => {
      await attach(uniqueName('group'), 'reader-1')
      await broker.kill9()
      await until('down', () => driver.status.status === 'down')
      const startedAt = now()
      await driver.close(2_000)
      expect(now() - startedAt).toBeLessThan(5_000)
    },
    START_TIMEOUT_MS,
  )
})
