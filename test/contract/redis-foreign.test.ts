import { describe, expect, it } from 'vitest'
import type { DestinationSpec } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { quietLog, upWithin } from './support/contract-bench.ts'
import { createRedisBench, eventsOf, hears } from './support/redis-bench.ts'

const bench = createRedisBench('queue')

const specOf = (address: string, over: Partial<DestinationSpec> = {}): DestinationSpec => {
  return { address, mode: 'queue', settings: {}, owned: true, shared: true, revives: false, ...over }
}

describe('keys that other programs made', () => {
  it('DQ-40 a stream that was there before is not shortened unless a person says so', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = uniqueName('theirs')
    bench.undo.push(() => outside.del(address))
    for (const text of ['a', 'b', 'c']) await outside.xadd(address, '*', 'body', text)
    const declared = await driver.declare(specOf(address, { settings: { maxLength: 1 } }))
    expect(declared).toMatchObject({ existed: true, settings: { maxLength: 0 } })
    await bench.send(driver, address, 'd')
    expect(await outside.xlen(address)).toBe(4)
    await driver.alter(specOf(address, { settings: { maxLength: 2 } }), ['maxLength'])
    expect(await outside.xlen(address)).toBe(2)
    await driver.remove(address, { keep: true })
  })

  it('DQ-41 removing a queue leaves the stream of its dead letters that was there before', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = uniqueName('beside')
    bench.undo.push(() => outside.del(`${address}.dead`))
    await outside.xadd(`${address}.dead`, '*', 'body', 'theirs')
    const { note } = await driver.declare(specOf(address, { settings: { deadLetters: true } }))
    expect(note).toContain(`"${address}.dead" beside it was there already`)
    await driver.remove(address)
    expect(await outside.keys(`${address}*`)).toEqual([`${address}.dead`])
  })

  it('DQ-42 a set of names that was there before a list keeps what it held', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = uniqueName('list')
    const members = `${address}.processing`
    bench.undo.push(() => outside.del(members))
    await outside.sadd(members, 'theirs')
    await driver.declare(specOf(address, { settings: { kind: 'list' } }))
    await driver.remove(address)
    expect(await outside.smembers(members)).toEqual(['theirs'])
  })
})

describe('a queue is forgotten once Redis has deleted it', () => {
  it('DQ-43 when Redis refuses DEL, the queue stays with all it can do, and is removed once Redis permits it', async () => {
    const outside = bench.outside()
    const user = uniqueName('user')
    await outside.call('ACL', 'SETUSER', user, 'on', '>pw', '~*', '&*', '+@all', '-del')
    bench.undo.push(() => outside.call('ACL', 'DELUSER', user))
    const url = testBrokers().redis.url.replace('redis://', `redis://${user}:pw@`)
    const driver = createDriver({ url, clientName: uniqueName('limited'), log: quietLog })
    bench.undo.push(() => driver.close())
    driver.open()
    await upWithin(driver)
    const address = uniqueName('stays')
    await driver.declare(specOf(address))
    await expect(driver.remove(address)).rejects.toMatchObject({ code: 'broker-refused' })
    const worker = await bench.attach(driver, address)
    await bench.send(driver, address, 'still here')
    await hears(worker, 'still here')
    await worker.consumer.leave()
    await outside.call('ACL', 'SETUSER', user, '+del')
    await driver.remove(address)
    expect(await outside.keys(`${address}*`)).toEqual([])
  })
})

describe('what is sent while its destination is removed', () => {
  it('DQ-48 a queue or list that is removed leaves no key behind, whatever is sent to it meanwhile', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    for (const kind of ['stream', 'list']) {
      const address = uniqueName('removed')
      await driver.declare(specOf(address, { settings: { kind } }))
      const before = Array.from({ length: 20 }, (_, index) => bench.send(driver, address, `before ${index}`))
      const removed = driver.remove(address)
      const outcomes = Array.from({ length: 20 }, (_, index) => bench.send(driver, address, `after ${index}`))
      await Promise.all([removed, ...before])
      for (const receipt of await Promise.all(outcomes)) expect(receipt).toMatchObject({ outcome: 'refused' })
      expect(await outside.keys(`${address}*`)).toEqual([])
    }
  })
})

describe('a stream that somebody deleted', () => {
  it('DQ-44 a stream that somebody deleted is gone until it is declared again: its workers are detached, and what is sent to it is refused', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = uniqueName('doomed')
    await driver.declare(specOf(address))
    bench.undo.push(() => driver.remove(address))
    const worker = await bench.attach(driver, address)
    await outside.del(address)
    await until('the worker to be detached', () => eventsOf(worker, 'state').at(-1)?.state === 'detached')
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await bench.send(driver, address, 'lost')).toMatchObject({ outcome: 'refused' })
    expect(await outside.exists(address)).toBe(0)
    await driver.declare(specOf(address))
    const next = await bench.attach(driver, address)
    await bench.send(driver, address, 'found')
    await hears(next, 'found')
  })
})

it('DQ-45 a stream whose key holds something else by now is gone, and is left as it is', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = uniqueName('replaced')
  bench.undo.push(() => outside.del(address))
  await driver.declare(specOf(address))
  bench.undo.push(() => driver.remove(address, { keep: true }))
  const worker = await bench.attach(driver, address)
  await outside.multi().del(address).set(address, 'theirs').exec()
  await until('the worker to be detached', () => eventsOf(worker, 'state').at(-1)?.state === 'detached')
  await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
  expect(await bench.send(driver, address, 'lost')).toMatchObject({ outcome: 'refused' })
  await expect(driver.declare(specOf(address))).rejects.toMatchObject({ code: 'broker-refused' })
  expect(await outside.get(address)).toBe('theirs')
})

it('DL-40 a log that had entries and is no key any more is gone until it is declared again', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = uniqueName('doomed')
  const spec = specOf(address, { mode: 'log' })
  await driver.declare(spec)
  bench.undo.push(() => driver.remove(address))
  expect(await driver.facts(address)).toMatchObject({ mode: 'log' })
  await bench.send(driver, address, 'kept')
  expect(await driver.facts(address)).toMatchObject({ partitions: [{ end: '1' }] })
  await outside.del(address)
  await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
  expect(await bench.send(driver, address, 'lost')).toMatchObject({ outcome: 'refused' })
  await driver.declare(spec)
  expect(await bench.send(driver, address, 'kept again')).toMatchObject({ outcome: 'published' })
  expect(await driver.facts(address)).toMatchObject({ partitions: [{ end: '1' }] })
})

it('DQ-46 a stream with its group, or a log, that another program made again is no longer gone: it takes what is sent', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const [queue, log] = [uniqueName('again'), uniqueName('again')]
  await driver.declare(specOf(queue))
  await driver.declare(specOf(log, { mode: 'log' }))
  bench.undo.push(() => Promise.all([driver.remove(queue), driver.remove(log)]))
  await bench.send(driver, log, 'first')
  await Promise.all([queue, log].map((address) => driver.facts(address)))
  await outside.del(queue, log)
  for (const address of [queue, log]) {
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await bench.send(driver, address, 'lost')).toMatchObject({ outcome: 'refused' })
  }
  await outside.xgroup('CREATE', queue, 'workers', '0', 'MKSTREAM')
  await outside.xadd(log, '*', 'body', 'theirs')
  for (const address of [queue, log]) {
    await driver.facts(address)
    expect(await bench.send(driver, address, 'taken')).toMatchObject({ outcome: 'published' })
  }
})

it('DQ-47 when the set of a list’s workers was deleted, they are entered again', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = uniqueName('flushed')
  await driver.declare(specOf(address, { settings: { kind: 'list' } }))
  bench.undo.push(() => driver.remove(address))
  const worker = await bench.attach(driver, address)
  const members = await outside.smembers(`${address}.processing`)
  await outside.del(`${address}.processing`)
  await until('it to be entered again', async () => {
    const found = await outside.smembers(`${address}.processing`)
    return found.length === 1 && found[0] === members[0]
  })
  await worker.consumer.leave()
})

it('DQ-49 what a worker holds and Redis forgot, because another program acknowledged it or deleted the worker, is reported once', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = await bench.declare(driver, { claimIdleMs: 500 })
  const worker = await bench.attach(driver, address, { ackMode: 'manual' }, 'holder')
  await bench.sendAll(driver, address, ['a', 'b', 'c'])
  await until('all in hand', () => worker.deliveries().length === 3)
  const before = bench.faults.length
  const reports = () => bench.faults.slice(before).map(({ code, text }) => `${code} ${text.slice(0, 20)}`)
  const [first] = worker.deliveries()
  await outside.xack(address, 'workers', first?.address.kind === 'entry' ? first.address.id : '')
  await until('the first report', () => reports().length === 1)
  await outside.xgroup('DELCONSUMER', address, 'workers', 'holder')
  await until('the second', () => reports().length === 2)
  expect(reports()).toEqual(['entry-forgotten 1 of the entries tha', 'entry-forgotten 2 of the entries tha'])
  await worker.consumer.settle(first?.delivery ?? 0, 'ack')
  const reason = expect.stringContaining('another program had acknowledged it')
  expect(eventsOf(worker, 'acknowledged')).toMatchObject([{ evidence: 'client', reason }])
})

it('DQ-51 what another program took from a worker’s own list is not put back: its acknowledgement says that it was not there any more', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = uniqueName('replaced')
  await driver.declare(specOf(address, { settings: { kind: 'list' } }))
  bench.undo.push(() => driver.remove(address))
  const worker = await bench.attach(driver, address, { ackMode: 'manual' }, 'holder')
  await bench.send(driver, address, 'held')
  await hears(worker, 'held')
  await outside.del(`${address}.processing.holder`)
  await worker.consumer.settle(worker.deliveries()[0]?.delivery ?? 0, 'ack')
  const reason = expect.stringContaining('another program had removed it')
  expect(eventsOf(worker, 'acknowledged')).toMatchObject([{ evidence: 'client', reason }])
})

it('DQ-50 a list counts as gone while its key holds something else, and is there again once that is deleted', async () => {
  const driver = await bench.open()
  const outside = bench.outside()
  const address = uniqueName('replaced')
  await driver.declare(specOf(address, { settings: { kind: 'list' } }))
  bench.undo.push(() => driver.remove(address))
  await outside.set(address, 'theirs')
  await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
  expect(await bench.send(driver, address, 'lost')).toMatchObject({ outcome: 'refused' })
  expect(await outside.get(address)).toBe('theirs')
  await outside.del(address)
  await driver.facts(address)
  expect(await bench.send(driver, address, 'again')).toMatchObject({ outcome: 'published' })
})

describe('the list of what Redis has', () => {
  it('names streams as logs and lists as queues, up to its limit, and no other keys', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const base = uniqueName('found')
    const [stream, list, text] = [`${base}-s`, `${base}-l`, `${base}-t`]
    bench.undo.push(() => outside.del(stream, list, text))
    await outside.xadd(stream, '*', 'body', 'theirs')
    await outside.lpush(list, 'theirs')
    await outside.set(text, 'theirs')
    const isOurs = (address: string) => address.startsWith(base)
    expect(await driver.list(isOurs, 10)).toEqual({
      destinations: [
        { address: stream, mode: 'log', settings: {} },
        { address: list, mode: 'queue', settings: { kind: 'list' } },
      ],
      complete: true,
    })
    expect(await driver.list(isOurs, 1)).toMatchObject({
      destinations: [{ address: stream }],
      complete: false,
    })
    expect(await outside.llen(list)).toBe(1)
  })
})
