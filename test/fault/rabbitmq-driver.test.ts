import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { askManagement, attach, open, openWire } from './support/rabbitmq-driver.ts'

const RECOVERY_MAX_MS = 30_000
const TEST_TIMEOUT_MS = 180_000

let own: OwnBroker
beforeAll(async () => {
  own = await startOwnBroker('rabbitmq')
}, TEST_TIMEOUT_MS)
beforeEach(() => own.start(), TEST_TIMEOUT_MS)
afterAll(() => own.close(), TEST_TIMEOUT_MS)

interface Sent {
  id: string
  /** A receipt's outcome, or the code of a refusal. */
  outcome: string
}

/** Publishes again and again, ten at a time, until it is stopped; every publish's one outcome is kept. */
function startTraffic(driver: Driver, address: string) {
  const sent: Sent[] = []
  let going = true
  const sendOne = async () => {
    const id = uniqueName('m')
    const message = { messageId: id, body: Buffer.from(id), sentAt: now() }
    const outcome = await driver.publish(address, message).then(
      (receipt) => receipt.outcome,
      (error: { code: string }) => error.code,
    )
    sent.push({ id, outcome })
  }
  const done = (async () => {
    while (going) {
      await Promise.all(Array.from({ length: 10 }, sendOne))
      await new Promise(setImmediate)
    }
  })()
  const of = (outcome: string) => sent.filter((one) => one.outcome === outcome)
  return {
    sent,
    of,
    stop: async () => {
      going = false
      await done
    },
  }
}

describe('the broker is killed with -9 in mid-traffic and started again', () => {
  it(
    'the driver reports it, refuses publishes at once, recovers by itself, and reports what a transient queue lost',
    async () => {
      const { driver, faults, statuses } = await open(own.url, own.managementUrl)
      const address = uniqueName('transient')
      await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
      const workers = [await attach(driver, address), await attach(driver, address)]
      const traffic = startTraffic(driver, address)
      await until('traffic', () => traffic.of('published').length > 200)
      await own.kill9()
      await until('it to be reported', () => statuses.some(({ status }) => status !== 'up'))
      await until('refusals at once', () => traffic.of('broker-down').length > 20)
      // The first attempts may still meet the socket that is going away, and report it as lost.
      await until(
        'the reason',
        () => driver.status.status === 'down' && driver.status.reason.code === 'refused',
      )

      await own.start()
      const returnedAt = Date.now()
      const back = (worker: (typeof workers)[number]) => worker.states().at(-1) === 'attached'
      await until('all to be back', () => driver.status.status === 'up' && workers.every(back))
      expect(Date.now() - returnedAt).toBeLessThan(RECOVERY_MAX_MS)
      const publishedBefore = traffic.of('published').length
      await until('traffic again', () => traffic.of('published').length > publishedBefore + 200)
      await traffic.stop()

      expect(faults.filter(({ code }) => code === 'queue-lost')).toMatchObject([
        { address, text: expect.stringContaining('not durable') },
      ])
      for (const worker of workers) {
        expect(worker.gaps()).toMatchObject([{ reason: 'broker-restarted', awayMs: expect.any(Number) }])
        expect(worker.states().at(-1)).toBe('attached')
      }
      const outcomes = new Set(traffic.sent.map(({ outcome }) => outcome))
      for (const outcome of outcomes) expect(['published', 'uncertain', 'broker-down']).toContain(outcome)
      const after = traffic.of('published').slice(publishedBefore)
      await until('all published since', () => {
        const arrived = new Set(workers.flatMap((worker) => worker.ids()))
        return after.every(({ id }) => arrived.has(id))
      })
      const copies = workers.flatMap((worker) => worker.ids())
      expect(new Set(copies).size).toBe(copies.length)
    },
    TEST_TIMEOUT_MS,
  )

  it(
    'a transient queue that another program declared anew first is recognized as a new one',
    async () => {
      const wire = await openWire(own.url)
      const { driver, faults } = await open(wire.url, own.managementUrl)
      const address = uniqueName('transient')
      const spec = { address, mode: 'queue' as const, settings: {}, owned: false }
      await until('the node to report its uptime', async () =>
        (await askManagement(own.managementUrl, '/api/nodes')).includes('"uptime"'),
      )
      await driver.declare(spec)
      const worker = await attach(driver, address)
      wire.down()
      await own.kill9()
      await own.start()
      const first = await open(own.url, own.managementUrl)
      await first.driver.declare(spec)
      wire.up()
      await until('the worker to be back', () => worker.states().join() === 'attached,attaching,attached')
      expect(worker.gaps()).toMatchObject([{ reason: 'broker-restarted' }])
      expect(faults.map(({ code }) => code)).toEqual(['queue-lost'])
    },
    TEST_TIMEOUT_MS,
  )

  it(
    'a durable queue keeps what was confirmed, and no loss is reported',
    async () => {
      const address = uniqueName('durable')
      await askManagement(own.managementUrl, `/api/queues/%2F/${address}`, {
        method: 'PUT',
        body: JSON.stringify({ durable: true }),
      })
      // The record of a new queue itself reaches the disk some seconds later, or with a polite stop.
      await own.stop()
      await own.start()
      const { driver, faults } = await open(own.url, own.managementUrl)
      await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
      const worker = await attach(driver, address)
      await worker.consumer.pause()
      const traffic = startTraffic(driver, address)
      await until('traffic', () => traffic.of('published').length > 100)
      await traffic.stop()
      await own.kill9()
      await until('it to be noticed', () => driver.status.status === 'down')
      await own.start()
      await until('the worker to be back', () => worker.states().at(-1) === 'attached')
      await worker.consumer.resume()
      await until('all that was confirmed', () => {
        const arrived = new Set(worker.ids())
        return traffic.of('published').every(({ id }) => arrived.has(id))
      })
      expect(worker.gaps()).toEqual([])
      expect(faults).toEqual([])
    },
    TEST_TIMEOUT_MS,
  )
})
