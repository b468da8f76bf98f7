import { once } from 'node:events'
import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConsumerEvent, Delivery, Driver, DriverStatus } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import { now } from '#lib/util/clock.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const RECOVERY_MAX_MS = 15_000
const TEST_TIMEOUT_MS = 180_000
const quietLog = { debug() {}, info() {}, warn() {}, error() {} }
const undo: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step()
})

async function open(url: string, managementUrl?: string) {
  const driver = createDriver({ url, managementUrl, clientName: uniqueName('fault'), log: quietLog })
  const faults: Array<{ address?: string; code: string; text: string }> = []
  const told: DriverStatus[] = []
  driver.onFault((fault) => void faults.push(fault))
  driver.onStatus((status) => void told.push(status))
  undo.push(() => driver.close())
  driver.open()
  await until('up', () => driver.status.status === 'up')
  return { driver, faults, told }
}

async function attach(driver: Driver, address: string) {
  const events: ConsumerEvent[] = []
  const spec = { name: uniqueName('worker'), address, mode: 'queue' as const, settings: {} }
  const consumer = await driver.attach(spec, (event) => void events.push(event))
  return {
    consumer,
    events,
    ids: () => events.filter((e): e is Delivery => e.type === 'delivered').map(({ messageId }) => messageId),
    states: () => events.flatMap((event) => (event.type === 'state' ? [event.state] : [])),
    gaps: () => events.filter((event) => event.type === 'gap'),
  }
}

interface Sent {
  id: string
  /** A receipt's outcome, or the code of a refusal. */
  outcome: string
}

/** Publishes again and again, ten at a time, until told to stop; every publish's one outcome is kept. */
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
    'the driver says so, refuses at once, recovers by itself, and tells what a transient queue lost',
    async () => {
      const own = await startOwnBroker('rabbitmq')
      undo.push(own.close)
      const { driver, faults, told } = await open(own.url, own.managementUrl)
      const address = uniqueName('transient')
      await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
      const workers = [await attach(driver, address), await attach(driver, address)]
      const traffic = startTraffic(driver, address)
      await until('traffic', () => traffic.of('published').length > 200)
      await own.kill9()
      await until('it to be told', () => told.some(({ status }) => status !== 'up'))
      await until('refusals at once', () => traffic.of('broker-down').length > 20)
      const away = await until('the reason', () => driver.status.status === 'down' && driver.status)
      expect(away).toMatchObject({ reason: { code: 'refused' } })

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
    'a durable queue keeps what was confirmed, and no loss is told',
    async () => {
      const own = await startOwnBroker('rabbitmq')
      undo.push(own.close)
      const address = uniqueName('durable')
      const { origin, username, password } = new URL(own.managementUrl ?? '')
      const made = await fetch(`${origin}/api/queues/%2F/${address}`, {
        method: 'PUT',
        body: JSON.stringify({ durable: true }),
        headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      })
      expect(made.ok).toBe(true)
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

/** A wire between driver and broker that can swallow what the broker says, and be cut. */
async function startWire(url: string) {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let isMuted = false
  const server = createServer((near) => {
    const far = connectSocket(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => !isMuted && near.write(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port')
  const wired = new URL(url)
  wired.hostname = '127.0.0.1'
  wired.port = String(address.port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  undo.push(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    url: wired.toString(),
    cut,
    mute: (muted: boolean) => {
      isMuted = muted
    },
  }
}

describe('the wire to the broker', () => {
  it('cut before the receipts: each message in flight is uncertain, none is sent again', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await startWire(url)
    const { driver } = await open(wire.url, managementUrl)
    const observer = await open(url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    undo.push(() => observer.driver.declare({ address, mode: 'queue', settings: {}, owned: true }))
    undo.push(() => observer.driver.remove(address))
    wire.mute(true)
    const receipts = ['a', 'b', 'c'].map((text) =>
      driver.publish(address, { messageId: text, body: Buffer.from(text), sentAt: now() }),
    )
    await until('the broker to have all three', async () => {
      const facts = await observer.driver.facts(address)
      return facts.mode === 'queue' && facts.ready === 3
    })
    wire.cut()
    expect(await Promise.all(receipts)).toMatchObject(
      Array(3).fill({ outcome: 'uncertain', evidence: 'client', reason: expect.stringMatching(/./) }),
    )
    wire.mute(false)
    await until('up again', () => driver.status.status === 'up')
    expect(await observer.driver.facts(address)).toMatchObject({ ready: 3 })
    const worker = await attach(observer.driver, address)
    await until('them', () => worker.ids().length === 3)
    expect(worker.ids()).toEqual(['a', 'b', 'c'])
  })

  it('cut and whole again: the queue and what waits in it is found as it was, and no loss is told', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await startWire(url)
    const { driver, faults } = await open(wire.url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    const worker = await attach(driver, address)
    await worker.consumer.pause()
    await driver.publish(address, { messageId: 'a', body: Buffer.from('a'), sentAt: now() })
    await until('it in hand', () => worker.ids().length === 1)
    wire.cut()
    await until('it again', () => worker.ids().length === 2)
    expect(worker.gaps()).toEqual([])
    expect(faults).toEqual([])
    expect(worker.events.map(({ type }) => type)).toEqual([
      'state',
      'delivered',
      'state',
      'requeued',
      'state',
      'delivered',
    ])
    await driver.remove(address)
  })

  it('mute: closing ends within its deadline all the same', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await startWire(url)
    const { driver } = await open(wire.url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
    await attach(driver, address)
    wire.mute(true)
    const receipt = driver.publish(address, { messageId: 'a', body: Buffer.from('a'), sentAt: now() })
    const startedAt = Date.now()
    await driver.close(1_000)
    expect(Date.now() - startedAt).toBeLessThan(2_000)
    expect((await receipt).outcome).toBe('uncertain')
    const observer = await open(url, managementUrl)
    await observer.driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    await observer.driver.remove(address)
  })
})
