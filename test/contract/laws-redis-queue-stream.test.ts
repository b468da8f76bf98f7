import { describe, expect, it } from 'vitest'
import { POISONED } from '#lib/brokers/kit/simulated-processing.ts'
import { until } from '#test/support/until.ts'
import {
  acknowledges,
  createRedisBench,
  eventsOf,
  hears,
  numbered,
  settlings,
} from './support/redis-bench.ts'

/** Pinned on Redis 7.0: `lag` came with 7.0, XPENDING's IDLE with 6.2. */
const bench = createRedisBench('queue')
/** The shortest that can be set. */
const IDLE = { claimIdleMs: 500 }

describe('a Redis stream with one consumer group', () => {
  it('DQ-1 who gets it: exactly one worker of the group, and the work is shared', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const workers = [await bench.attach(driver, address), await bench.attach(driver, address)]
    const sent = numbered('job', 60)
    await bench.sendAll(driver, address, sent)
    await until('all', () => workers.flatMap((worker) => worker.texts()).length >= sent.length)
    expect(workers.flatMap((worker) => worker.texts()).sort()).toEqual([...sent].sort())
    for (const worker of workers) expect(worker.texts().length).toBeGreaterThan(0)
  })

  it('DQ-2 in what order: one worker gets them in the order of their ids, one after another', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const sent = numbered('job', 100)
    const receipts = await bench.sendAll(driver, address, sent)
    await acknowledges(worker, sent.length)
    expect(worker.texts()).toEqual(sent)
    const addresses = worker.deliveries().map((delivery) => delivery.address)
    expect(addresses).toEqual(receipts.map((receipt) => 'address' in receipt && receipt.address))
    expect(eventsOf(worker, 'acknowledged').map(({ delivery }) => delivery)).toEqual(
      worker.deliveries().map(({ delivery }) => delivery),
    )
  })

  it('DQ-3 after an absence: what was sent while no worker was attached waits, also what existed before us', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = `${await bench.declare(driver)}.older`
    await outside.xadd(address, '*', 'body', 'before us')
    await bench.declare(driver, {}, address)
    await bench.send(driver, address, 'while nobody is there')
    const worker = await bench.attach(driver, address)
    await until('both', () => worker.texts().length >= 2)
    expect(worker.texts()).toEqual(['before us', 'while nobody is there'])
  })

  it('DQ-4 after a crash: Redis does not notice; the entry stays pending, and comes again once it is idle for long enough', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, IDLE)
    const victim = await bench.attach(driver, address, { ackMode: 'manual' }, 'victim')
    await bench.send(driver, address, 'in hand')
    await hears(victim, 'in hand')
    await victim.consumer.crash()
    const { pending, consumers } = await bench.facts(driver, address, 'queue')
    expect({ pending, consumers }).toMatchObject({
      consumers: 1,
      pending: [{ consumer: 'victim', count: 1, outside: false }],
    })
    const heir = await bench.attach(driver, address)
    const crashedAt = Date.now()
    await hears(heir, 'in hand')
    expect(Date.now() - crashedAt).toBeGreaterThan(200)
    expect(heir.deliveries()[0]).toMatchObject({
      redelivered: true,
      attempt: 2,
      messageId: 'in hand',
      identity: victim.deliveries()[0]?.identity,
    })
    await acknowledges(heir, 1)
    expect(settlings(victim)).toEqual([])
  })

  it('DQ-5 when a worker leaves politely: what it held goes to another at once, and its name is deleted from the group', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { claimIdleMs: 60_000 })
    const leaver = await bench.attach(driver, address, { ackMode: 'manual' }, 'leaver')
    await bench.sendAll(driver, address, ['a', 'b'])
    await until('both', () => leaver.texts().length === 2)
    await leaver.consumer.leave()
    expect(settlings(leaver).map(({ type }) => type)).toEqual(['requeued', 'requeued'])
    const heir = await bench.attach(driver, address, {}, 'heir')
    await acknowledges(heir, 2)
    expect(heir.deliveries().map(({ redelivered }) => redelivered)).toEqual([true, true])
    await until('the name to be gone', async () => {
      const { pending } = await bench.facts(driver, address, 'queue')
      return pending.length === 1 && pending[0]?.consumer === 'heir'
    })
  })

  it('DQ-6 when a worker loses its connection: what it held comes again to the same worker, at once', async () => {
    const driver = await bench.open('lossy')
    const outside = bench.outside()
    const address = await bench.declare(driver, { claimIdleMs: 60_000 })
    const worker = await bench.attach(driver, address, { ackMode: 'manual' }, 'worker')
    await bench.send(driver, address, 'twice')
    await hears(worker, 'twice')
    const line = String(await outside.client('LIST'))
      .split('\n')
      .find((found) => found.includes(` name=lossy:${address}:worker `))
    await outside.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line ?? '')?.[1]))
    await until('it again', () => worker.deliveries().length === 2)
    expect(worker.deliveries().map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(eventsOf(worker, 'gap')).toEqual([])
    await worker.consumer.settle(worker.deliveries()[1]?.delivery ?? 0, 'ack')
    await bench.send(driver, address, 'after')
    await hears(worker, 'after')
  })

  it('DQ-7 when a worker is too slow and sends no heartbeat: another one does the same work', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, IDLE)
    const slow = { ackMode: 'manual', heartbeat: false, prefetch: 1 }
    const first = await bench.attach(driver, address, slow)
    await bench.send(driver, address, 'slow work')
    await hears(first, 'slow work')
    const second = await bench.attach(driver, address)
    await acknowledges(second, 1)
    expect(second.deliveries()[0]).toMatchObject({ redelivered: true, messageId: 'slow work' })
    await first.consumer.settle(1, 'ack')
    expect(settlings(first)).toMatchObject([{ type: 'acknowledged', evidence: 'client' }])
    expect(settlings(second)).toMatchObject([{ type: 'acknowledged', evidence: 'broker' }])
  })

  it('DQ-8 when a worker is slow and sends heartbeats: it keeps what it holds, however long', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, IDLE)
    const first = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 1 }, 'first')
    await bench.send(driver, address, 'slow work')
    await hears(first, 'slow work')
    const second = await bench.attach(driver, address)
    const startedAt = Date.now()
    await until('three times the idle time', async () => {
      const { pending } = await bench.facts(driver, address, 'queue')
      const held = pending.find(({ consumer }) => consumer === 'first')
      expect(held?.count).toBe(1)
      return Date.now() - startedAt > 3 * IDLE.claimIdleMs
    })
    expect(second.texts()).toEqual([])
    await first.consumer.settle(1, 'ack')
    expect(settlings(first)).toMatchObject([{ type: 'acknowledged', evidence: 'broker' }])
  })

  it('DQ-9 a poison message: after the maximum of attempts it goes to the dead letters, and a reader of those gets it', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { ...IDLE, maxAttempts: 3 })
    const worker = await bench.attach(driver, address, { failurePercent: 100 })
    await bench.send(driver, address, 'poison', { sender: 'Ada', headers: { colour: 'grün' } })
    await until('the end', () => eventsOf(worker, 'dead-lettered').length === 1)
    expect(worker.deliveries().map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(settlings(worker).map(({ type }) => type)).toEqual([
      'requeued',
      'requeued',
      'dead-lettered',
      'rejected',
    ])
    const to = `${address}.dead`
    expect(eventsOf(worker, 'dead-lettered')[0]).toMatchObject({ messageId: 'poison', to, attempts: 3 })
    const { deadLetters, unacked } = await bench.facts(driver, address, 'queue')
    expect({ deadLetters, unacked }).toEqual({ deadLetters: { queue: to, ready: 1 }, unacked: 0 })
    const reader = await bench.attach(driver, address, { reads: 'dead-letters' })
    await hears(reader, 'poison')
    expect(reader.deliveries()[0]).toMatchObject({
      messageId: 'poison',
      identity: worker.deliveries()[0]?.identity,
      sender: 'Ada',
      death: { how: 'dead-lettered', attempts: 3 },
    })
    expect(reader.deliveries()[0]?.metadata?.().headers).toEqual({ colour: 'grün' })
    await acknowledges(reader, 1)
  })

  it('DQ-80 a poison message: every worker fails at an entry with the header x-poison, whatever its settings say, and the reason says so; the others are done, and a reader of dead letters accepts it', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { ...IDLE, maxAttempts: 2 })
    const reader = await bench.attach(driver, address, { reads: 'dead-letters' })
    const worker = await bench.attach(driver, address)
    for (const text of ['good-1', 'bad', 'good-2']) {
      await bench.send(driver, address, text, text === 'bad' ? { headers: { 'x-poison': 'true' } } : {})
    }
    await acknowledges(reader, 1)
    await acknowledges(worker, 2)
    expect(reader.texts()).toEqual(['bad'])
    expect(eventsOf(worker, 'requeued')).toMatchObject([{ reason: POISONED }])
    expect(eventsOf(worker, 'dead-lettered')).toMatchObject([{ reason: `${POISONED}, at attempt 2` }])
    const outside = await bench.outside().xadd(address, '*', 'body', 'theirs', 'x-poison', '1')
    await until('that of another program', () => eventsOf(worker, 'dead-lettered').length === 2)
    expect(outside).not.toBeNull()
  })

  it('DQ-10 a message that crashes every worker: after the maximum of attempts it goes to the dead letters all the same', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { ...IDLE, maxAttempts: 1 })
    const victim = await bench.attach(driver, address, { ackMode: 'manual' })
    await bench.send(driver, address, 'deadly')
    await hears(victim, 'deadly')
    await victim.consumer.crash()
    const heir = await bench.attach(driver, address)
    await until('the end', () => eventsOf(heir, 'dead-lettered').length === 1)
    expect(heir.texts()).toEqual([])
    expect(eventsOf(heir, 'dead-lettered')[0]).toMatchObject({ messageId: 'deadly', attempts: 1 })
  })

  it('DQ-11 a poison message without dead letters: it is gone, and a fault says so', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { deadLetters: false })
    const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'reject' })
    await bench.send(driver, address, 'poison')
    await until('its end', () => settlings(worker).length > 0)
    expect(settlings(worker)).toMatchObject([
      { type: 'rejected', evidence: 'broker', reason: expect.stringContaining('no dead letters') },
    ])
    const { unacked, ready, deadLetters } = await bench.facts(driver, address, 'queue')
    expect({ unacked, ready, deadLetters }).toEqual({ unacked: 0, ready: 0, deadLetters: null })
  })

  it('DQ-12 without acknowledgements: delivery is all, and a crash in the middle of the work loses the message', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, IDLE)
    const worker = await bench.attach(driver, address, { ackMode: 'none', processingMs: 10_000 })
    await bench.sendAll(driver, address, ['a', 'b'])
    await until('both', () => worker.texts().length === 2)
    expect(worker.deliveries().map(({ inHand }) => inHand)).toEqual([false, false])
    await worker.consumer.crash()
    const { unacked, ready } = await bench.facts(driver, address, 'queue')
    expect({ unacked, ready }).toEqual({ unacked: 0, ready: 0 })
    expect(settlings(worker)).toEqual([])
  })

  it('DQ-13 what remains: an acknowledged entry stays in the stream until MAXLEN drops it', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await bench.sendAll(driver, address, numbered('job', 10))
    await acknowledges(worker, 10)
    expect(await outside.xlen(address)).toBe(10)
    const altered = { kind: 'stream', maxLength: 4, claimIdleMs: 5_000, maxAttempts: 0, deadLetters: true }
    await driver.alter({ address, mode: 'queue', settings: altered, owned: true })
    expect(await outside.xlen(address)).toBe(4)
    await bench.sendAll(driver, address, numbered('more', 10))
    expect(await outside.xlen(address)).toBe(4)
  })

  it('DQ-15 by hand: ack, requeue and reject settle one delivery each, and only once', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    await bench.sendAll(driver, address, ['a', 'b', 'c'])
    await until('all three', () => worker.texts().length === 3)
    const { consumer } = worker
    await consumer.settle(2, 'ack')
    await consumer.settle(1, 'reject')
    await consumer.settle(3, 'requeue')
    await expect(consumer.settle(2, 'ack')).rejects.toMatchObject({ code: 'delivery-not-found' })
    expect(settlings(worker).map(({ type }) => type)).toEqual([
      'acknowledged',
      'dead-lettered',
      'rejected',
      'requeued',
    ])
    await until('c again', () => worker.texts().length === 4)
    expect(worker.deliveries()[3]).toMatchObject({ redelivered: true, messageId: 'c', attempt: 2 })
  })

  it('DQ-16 a worker holds as many as its prefetch, and no more', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const greedy = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 3 })
    await bench.sendAll(driver, address, numbered('job', 10))
    await until('three', () => greedy.texts().length >= 3)
    const { ready, unacked } = await bench.facts(driver, address, 'queue')
    expect({ ready, unacked, held: greedy.texts().length }).toEqual({ ready: 7, unacked: 3, held: 3 })
    await greedy.consumer.settle(1, 'ack')
    await until('a fourth', () => greedy.texts().length === 4)
  })
})
