import { describe, expect, it } from 'vitest'
import { modeAt } from '#lib/brokers/mode-at.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import { until } from '#test/support/until.ts'
import {
  acknowledges,
  createRedisBench,
  eventsOf,
  hears,
  numbered,
  settlings,
} from './support/redis-bench.ts'

const bench = createRedisBench('queue')
const LIST = { kind: 'list' }

describe('a Redis list as a queue', () => {
  it('DQ-17 on a list, who gets it: exactly one worker, and the work is shared', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const workers = [await bench.attach(driver, address), await bench.attach(driver, address)]
    const sent = numbered('job', 60)
    await bench.sendAll(driver, address, sent)
    await until('all', () => workers.flatMap((worker) => worker.texts()).length >= sent.length)
    expect(workers.flatMap((worker) => worker.texts()).sort()).toEqual([...sent].sort())
    for (const worker of workers) expect(worker.ids()).toEqual(worker.texts())
  })

  it('DQ-18 on a list, in what order: one worker gets them in the order in which they were pushed', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const sent = numbered('job', 100)
    await bench.sendAll(driver, address, sent)
    const worker = await bench.attach(driver, address)
    await acknowledges(worker, sent.length)
    expect(worker.texts()).toEqual(sent)
    expect(worker.deliveries()[0]?.address).toEqual({ kind: 'item', list: address })
  })

  it('DQ-19 on a list, equal texts are recognised by age: the oldest of ours comes first', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const worker = await bench.attach(driver, address)
    for (const messageId of ['first', 'second', 'third']) {
      await bench.send(driver, address, 'same', { messageId })
    }
    await acknowledges(worker, 3)
    expect(worker.ids()).toEqual(['first', 'second', 'third'])
  })

  it('DQ-20 on a list, after a crash: Redis notices at once, and the next worker that looks puts back what it held', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver, LIST)
    const victim = await bench.attach(driver, address, { ackMode: 'manual' }, 'victim')
    await bench.sendAll(driver, address, ['a', 'b'])
    await until('both', () => victim.texts().length === 2)
    await victim.consumer.crash()
    expect(await outside.lrange(`${address}.processing.victim`, 0, -1)).toEqual(['b', 'a'])
    const heir = await bench.attach(driver, address)
    await acknowledges(heir, 2)
    expect(heir.texts()).toEqual(['a', 'b'])
    expect(heir.deliveries().map(({ redelivered, attempt }) => ({ redelivered, attempt }))).toEqual([
      { redelivered: true, attempt: 2 },
      { redelivered: true, attempt: 2 },
    ])
    expect(heir.deliveries().map(({ identity }) => identity)).toEqual(
      victim.deliveries().map(({ identity }) => identity),
    )
    expect(await outside.exists(`${address}.processing.victim`)).toBe(0)
  })

  it('DQ-21 on a list, without a list of its own (BRPOP): what a crashed worker had taken is gone', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const victim = await bench.attach(driver, address, { ackMode: 'none', processingMs: 10_000 })
    await bench.send(driver, address, 'lost')
    await hears(victim, 'lost')
    await victim.consumer.crash()
    const heir = await bench.attach(driver, address)
    await bench.send(driver, address, 'after')
    await acknowledges(heir, 1)
    expect(heir.texts()).toEqual(['after'])
    expect((await bench.facts(driver, address, 'queue')).unacked).toBe(0)
  })

  it('DQ-22 on a list, after an absence: what was pushed while no worker was attached waits', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    await bench.sendAll(driver, address, ['a', 'b'])
    const { ready, consumers } = await bench.facts(driver, address, 'queue')
    expect({ ready, consumers }).toEqual({ ready: 2, consumers: 0 })
    const worker = await bench.attach(driver, address)
    await acknowledges(worker, 2)
  })

  it('DQ-23 on a list, when a worker leaves: what it held is next again, in order', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const leaver = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 2 })
    await bench.sendAll(driver, address, ['a', 'b', 'c'])
    await until('two', () => leaver.texts().length === 2)
    await leaver.consumer.leave()
    expect(settlings(leaver).map(({ type }) => type)).toEqual(['requeued', 'requeued'])
    const heir = await bench.attach(driver, address)
    await acknowledges(heir, 3)
    expect(heir.texts()).toEqual(['a', 'b', 'c'])
    expect(heir.ids()).toEqual(['a', 'b', 'c'])
  })

  it('DQ-24 on a list, when requeued: it goes to the end of the list, behind all that wait', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const worker = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 1 })
    await bench.sendAll(driver, address, ['a', 'b'])
    await hears(worker, 'a')
    await worker.consumer.settle(1, 'requeue')
    await hears(worker, 'b')
    await worker.consumer.settle(2, 'ack')
    await until('a again', () => worker.texts().length === 3)
    expect(worker.ids()).toEqual(['a', 'b', 'a'])
    await worker.consumer.settle(3, 'ack')
  })

  it('DQ-25 on a list, a poison message: it comes again for ever, or is rejected and gone; a list has no dead letters', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const worker = await bench.attach(driver, address, { failurePercent: 100 })
    await bench.send(driver, address, 'poison')
    await until('three attempts', () => worker.texts().length >= 3)
    await worker.consumer.update({ onFailure: 'reject' })
    await until('its end', () => eventsOf(worker, 'rejected').length === 1)
    const { ready, unacked, deadLetters } = await bench.facts(driver, address, 'queue')
    expect({ ready, unacked, deadLetters }).toEqual({ ready: 0, unacked: 0, deadLetters: null })
    await expect(bench.attach(driver, address, { reads: 'dead-letters' })).rejects.toMatchObject({
      code: 'not-capable',
    })
  })

  it('DQ-81 on a list, no message is poison: its elements carry no header', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    const worker = await bench.attach(driver, address)
    await bench.send(driver, address, 'bad', { headers: { 'x-poison': 'true' } })
    await acknowledges(worker, 1)
    expect(worker.texts()).toEqual(['bad'])
  })

  it('DQ-26 on a list, it lacks what its manifest says: headers, dead letters, changes, replay', async () => {
    const { can, lacks } = modeAt(manifest, { mode: 'queue', settings: LIST }) ?? {}
    expect(can).toMatchObject({ headers: false, deadLetters: false, alter: false, replay: false })
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver, LIST)
    await bench.send(driver, address, 'bare', { headers: { a: '1' }, sender: 'Ada' })
    expect(await outside.lrange(address, 0, -1)).toEqual(['bare'])
    const refusal = (reason: string | undefined) => ({ code: 'not-capable', message: reason })
    const altered = { address, mode: 'queue', settings: { ...LIST, maxAttempts: 3 }, owned: true } as const
    await expect(driver.alter(altered)).rejects.toMatchObject(refusal(lacks?.alter))
    const reading = bench.attach(driver, address, { reads: 'dead-letters' })
    await expect(reading).rejects.toMatchObject(refusal(lacks?.deadLetters))
    const worker = await bench.attach(driver, address)
    const seeking = worker.consumer.seek({ to: 'earliest' })
    await expect(seeking).rejects.toMatchObject(refusal(lacks?.replay))
  })

  it('DQ-27 on a list, it can do what its manifest says: settle, pause, crash, and keep messages for absent workers', async () => {
    const { can } = modeAt(manifest, { mode: 'queue', settings: LIST }) ?? {}
    expect(can).toMatchObject({ settle: true, pause: true, crash: true, keepsForAbsent: true })
    const driver = await bench.open()
    const address = await bench.declare(driver, LIST)
    await bench.sendAll(driver, address, ['a', 'b'])
    const worker = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 1 })
    await hears(worker, 'a')
    await worker.consumer.pause()
    await worker.consumer.settle(1, 'ack')
    await worker.consumer.resume()
    await hears(worker, 'b')
    await worker.consumer.crash()
    const heir = await bench.attach(driver, address)
    await acknowledges(heir, 1)
    expect(heir.texts()).toEqual(['b'])
  })

  it('DQ-28 on a list, what remains: nothing; an acknowledged element is gone, and an owned list leaves no key', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver, LIST)
    const worker = await bench.attach(driver, address)
    await bench.send(driver, address, 'done')
    await acknowledges(worker, 1)
    expect(await outside.exists(address)).toBe(0)
    await bench.send(driver, address, 'waits')
    await worker.consumer.leave()
    await driver.remove(address)
    expect(await outside.keys(`${address}*`)).toEqual([])
  })

  it('DQ-29 on a list, a key that holds something else is refused in plain words and left as it is', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const taken = `${await bench.declare(driver, LIST)}-text`
    await outside.set(taken, 'a text')
    bench.undo.push(() => outside.del(taken))
    await expect(bench.declare(driver, LIST, taken)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('holds a string') },
    })
    expect(await outside.get(taken)).toBe('a text')
  })
})
