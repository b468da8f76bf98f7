import { readFile } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { Recorder } from '#test/contract/support/contract-bench.ts'
import {
  acknowledges,
  createRedisBench,
  eventsOf,
  hears,
  numbered,
} from '#test/contract/support/redis-bench.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

let broker: OwnBroker
beforeAll(async () => {
  broker = await startOwnBroker('redis')
})
afterAll(() => broker.close())
beforeEach(() => broker.start())
const queue = createRedisBench('queue', () => broker.url)
const log = createRedisBench('log', () => broker.url)

const isBack = (recorder: Recorder, times: number) =>
  until('it to be back', () => {
    const states = eventsOf(recorder, 'state').map(({ state }) => state)
    return states.filter((state) => state === 'attached').length === times
  })
const idOf = async (asker: Redis, name: string) => {
  const line = String(await asker.client('LIST'))
    .split('\n')
    .find((found) => found.includes(` name=${name} `))
  return Number(/^id=(\d+)/.exec(line ?? '')?.[1])
}
/** Redis is stopped until SIGCONT: what is written meanwhile waits in its sockets. */
async function stopBroker(asker: Redis, driver: Driver, address: string): Promise<number> {
  const pid = Number(/^process_id:(\d+)/m.exec(await asker.info('server'))?.[1])
  // One round of its event loop for another client: otherwise Redis would read the next command of `asker` first.
  await driver.facts(address)
  process.kill(pid, 'SIGSTOP')
  await until('it to stand still', async () =>
    /^State:\s+T/m.test(await readFile(`/proc/${pid}/status`, 'utf8')),
  )
  return pid
}

describe('the publishing connection is cut with sends in flight', () => {
  it.each([
    ['a stream', { kind: 'stream' }],
    ['a list', { kind: 'list' }],
  ])('to %s: each is uncertain, none is sent again, and what arrived is known', async (_what, settings) => {
    const driver = await queue.open('torn')
    const asker = queue.outside()
    const address = await queue.declare(driver, settings)
    const worker = await queue.attach(driver, address)
    const publisher = await idOf(asker, 'torn:publisher')
    const texts = numbered('in flight', 8)
    const pid = await stopBroker(asker, driver, address)
    const receipts = queue.sendAll(driver, address, texts)
    await new Promise(setImmediate)
    const killed = asker.client('KILL', 'ID', publisher)
    process.kill(pid, 'SIGCONT')
    const outcomes = new Set((await receipts).map(({ outcome }) => outcome))
    await killed
    await until('another connection', async () => (await idOf(asker, 'torn:publisher')) > publisher)
    await until('it to be up', () => driver.status.status === 'up')
    await queue.send(driver, address, 'after')
    await hears(worker, 'after')
    expect(outcomes).toEqual(new Set(['uncertain']))
    expect(worker.texts()).toEqual([...texts, 'after'])
    expect(worker.ids()).toEqual([...texts, 'after'])
  })
})

/** The append-only file is written through once a second: waits until it has been. */
async function flushed(asker: Redis): Promise<void> {
  await asker.call('BGREWRITEAOF')
  await until('the file to be written', async () =>
    /aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/.test(await asker.info('persistence')),
  )
}

describe('Redis itself, killed and started again, or emptied', () => {
  it('a worker comes back with what it held, and nothing that was refused is sent', async () => {
    const driver = await queue.open()
    const address = await queue.declare(driver, { claimIdleMs: 60_000 })
    const worker = await queue.attach(driver, address, { ackMode: 'manual' })
    await queue.send(driver, address, 'held')
    await hears(worker, 'held')
    await flushed(queue.outside())
    await broker.kill9()
    await until('the loss to be noticed', () => driver.status.status !== 'up')
    await expect(queue.send(driver, address, 'while away')).rejects.toMatchObject({ code: 'broker-down' })
    await broker.start()
    await isBack(worker, 2)
    await until('it again', () => worker.texts().length === 2)
    expect(worker.deliveries()[1]).toMatchObject({ messageId: 'held', redelivered: true, attempt: 2 })
    await worker.consumer.settle(2, 'ack')
    await until('it to be up', () => driver.status.status === 'up')
    await queue.send(driver, address, 'after')
    await hears(worker, 'after')
    expect(worker.texts()).toEqual(['held', 'held', 'after'])
    expect(eventsOf(worker, 'gap')).toEqual([])
  }, 60_000)

  it('a reader reads on where it was: nothing is missed and nothing comes twice', async () => {
    const driver = await log.open()
    const address = await log.declare(driver)
    const reader = await log.attach(driver, address)
    await log.sendAll(driver, address, ['a', 'b'])
    await hears(reader, 'b')
    await flushed(log.outside())
    await broker.kill9()
    await until('the loss to be noticed', () => driver.status.status !== 'up')
    await broker.start()
    await isBack(reader, 2)
    await until('it to be up', () => driver.status.status === 'up')
    await log.send(driver, address, 'c')
    await hears(reader, 'c')
    expect(reader.texts()).toEqual(['a', 'b', 'c'])
    expect(eventsOf(reader, 'gap')).toEqual([])
  }, 60_000)

  it('emptied: a worker and a reader emit a gap, and go on', async () => {
    const driver = await log.open('emptied')
    const jobs = await queue.declare(driver)
    // One driver for both: the benches differ in their settings only.
    const worker = await queue.attach(driver, jobs)
    const feed = await log.declare(driver)
    const reader = await log.attach(driver, feed)
    for (const address of [jobs, feed]) await log.send(driver, address, 'before')
    await acknowledges(worker, 1)
    await hears(reader, 'before')
    const outside = log.outside()
    await outside.del(feed, jobs)
    await isBack(worker, 2)
    const readerId = await idOf(outside, `emptied:${feed}:${reader.spec.name}`)
    await outside.client('KILL', 'ID', readerId)
    await isBack(reader, 2)
    for (const address of [jobs, feed]) await log.send(driver, address, 'after')
    await hears(worker, 'after')
    await hears(reader, 'after')
    for (const { texts } of [worker, reader]) expect(texts()).toEqual(['before', 'after'])
    for (const recorder of [worker, reader]) {
      expect(eventsOf(recorder, 'gap')).toMatchObject([{ reason: 'resubscribed' }])
    }
  }, 60_000)
})
