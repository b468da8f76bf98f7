import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { DestinationSpec } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder } from './support/contract-bench.ts'
import { createRabbitBench, draft, gaps, management, states } from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()

const specOf = (address: string, over: Partial<DestinationSpec> = {}): DestinationSpec => {
  return { address, mode: 'queue', settings: {}, owned: true, shared: true, revives: false, ...over }
}

describe('helpers beside a queue that other programs made', () => {
  it('RQ-40 removing a queue deletes the dead-letter exchange and queue that were made for it, and leaves those that were there before', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('beside')
    const dead = `${address}.dead`
    await channel.assertQueue(dead, { durable: true })
    bench.undo.push(() => channel.deleteQueue(dead))
    channel.sendToQueue(dead, Buffer.from('theirs'))
    const { note } = await driver.declare(specOf(address, { settings: { deadLetters: true } }))
    expect(note).toContain(`"${dead}" beside it was there already`)
    await driver.remove(address)
    expect(await channel.checkQueue(dead)).toMatchObject({ messageCount: 1 })
    const other = await bench.outside()
    other.channel.on('error', () => undefined)
    await expect(other.channel.checkExchange(dead)).rejects.toThrow('NOT_FOUND')
  })
})

describe('a destination that somebody deleted', () => {
  it('RQ-41 a queue that somebody deleted is gone until it is declared again: its workers are detached, and what is sent to it is refused', async () => {
    const { driver, faults } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('doomed')
    await driver.declare(specOf(address))
    bench.undo.push(() => driver.remove(address))
    const worker = await bench.attach(driver, address)
    await channel.deleteQueue(address)
    await until('the worker to be detached', () => states(worker).at(-1) === 'detached')
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await driver.publish(address, draft('lost'))).toMatchObject({ outcome: 'refused' })
    expect(faults).toEqual([])
    await driver.declare(specOf(address))
    const next = await bench.attach(driver, address)
    await driver.publish(address, draft('found'))
    await until('the message', () => next.texts().includes('found'))
    expect(gaps(next)).toEqual([])
  })

  it('RF-40 an exchange that somebody deleted is gone until it is declared again, and what is sent to it is refused without harm to other sends', async () => {
    const { driver, faults } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('doomed')
    const spec = specOf(address, { mode: 'fanout' })
    await driver.declare(spec)
    bench.undo.push(() => driver.remove(address))
    await channel.deleteExchange(address)
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await driver.publish(address, draft('lost'))).toMatchObject({ outcome: 'refused' })
    expect(faults).toEqual([])
    await driver.declare(spec)
    const subscriber = await bench.attach(driver, address, {}, 'fanout')
    await driver.publish(address, draft('heard'))
    await until('the message', () => subscriber.texts().includes('heard'))
  })
})

describe('a destination that another program made again', () => {
  it('RQ-42 a queue that another program made again is no longer gone: it takes what is sent', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('again')
    await driver.declare(specOf(address))
    bench.undo.push(() => driver.remove(address))
    const worker = await bench.attach(driver, address)
    await channel.deleteQueue(address)
    await until('the worker to be detached', () => states(worker).at(-1) === 'detached')
    expect(await driver.publish(address, draft('lost'))).toMatchObject({ outcome: 'refused' })
    await channel.assertQueue(address, { durable: true })
    await driver.facts(address)
    expect(await driver.publish(address, draft('taken'))).toMatchObject({ outcome: 'published' })
  })

  it('RF-41 an exchange that another program made again is no longer gone: it takes what is sent', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('again')
    await driver.declare(specOf(address, { mode: 'fanout' }))
    bench.undo.push(() => driver.remove(address))
    await channel.deleteExchange(address)
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await driver.publish(address, draft('lost'))).toMatchObject({ outcome: 'refused' })
    await channel.assertExchange(address, 'fanout')
    await driver.facts(address)
    expect(await driver.publish(address, draft('taken'))).not.toMatchObject({ outcome: 'refused' })
  })

  it('RF-42 a subscriber whose exchange another program deleted and made again, of another type even, is bound again, with a gap', async () => {
    const { driver, faults } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('unbound')
    await driver.declare(specOf(address, { mode: 'fanout' }))
    bench.undo.push(() => driver.remove(address))
    const subscriber = await bench.attach(driver, address, { bindingKey: 'a.*' }, 'fanout')
    await channel.deleteExchange(address)
    await channel.assertExchange(address, 'topic', { durable: true })
    await driver.facts(address)
    expect(faults).toMatchObject([{ code: 'exchange-lost', address }])
    expect(gaps(subscriber)).toMatchObject([{ reason: 'resubscribed' }])
    channel.publish(address, 'a.b', Buffer.from('heard'))
    channel.publish(address, 'b.a', Buffer.from('not for it'))
    await until('the message', () => subscriber.texts().includes('heard'))
    await driver.facts(address)
    expect(gaps(subscriber)).toHaveLength(1)
    expect(subscriber.texts()).toEqual(['heard'])
    expect(await driver.describe?.(address)).toMatchObject({ settings: { exchange: 'topic', durable: true } })
  })

  it('RQ-43 a queue that another program made again is described as the broker has it now, with its type and settings', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('again')
    await driver.declare(specOf(address))
    bench.undo.push(() => driver.remove(address))
    await channel.deleteQueue(address)
    const its = { 'x-queue-type': 'quorum', 'x-max-length': 7, 'x-delivery-limit': 5 }
    await channel.assertQueue(address, { durable: true, arguments: its })
    const found = await driver.describe?.(address)
    expect(found?.traits).toEqual(expect.arrayContaining(['durable', 'quorum', 'x-max-length 7']))
    expect(found?.settings).toEqual({ type: 'quorum', durable: true, maxLength: 7, deliveryLimit: 5 })
    // A second declaration with what was found is no other one.
    await driver.declare(specOf(address, { settings: { ...found?.settings } }))
  })
})

describe('an alarm', () => {
  it('is the driver’s status before anything is sent into it, refuses what is sent, and ends with the alarm', async () => {
    let low = true
    const api = createServer((request, response) => {
      const node = { name: 'rabbit@here', mem_alarm: low, disk_free_alarm: false }
      const isKnown = request.url?.startsWith('/api/nodes')
      response.writeHead(isKnown ? 200 : 404).end(JSON.stringify(isKnown ? [node] : {}))
    }).listen(0, '127.0.0.1')
    bench.undo.push(() => new Promise((resolve) => api.close(resolve)))
    await until('the stub', () => api.listening)
    const place = api.address()
    const port = typeof place === 'object' ? place?.port : undefined
    const { driver, faults } = await bench.open({ managementUrl: `http://guest:guest@127.0.0.1:${port}` })
    const address = await bench.declare(driver)
    const blocked = expect.stringContaining('low on memory')
    await until('the alarm', () => driver.status.status === 'up' && driver.status.blocked !== undefined)
    expect(driver.status).toMatchObject({ status: 'up', blocked })
    expect(await driver.publish(address, draft('no'))).toMatchObject({ outcome: 'refused', reason: blocked })
    low = false
    await until('its end', () => driver.status.status === 'up' && driver.status.blocked === undefined)
    expect(await driver.publish(address, draft('yes'))).toMatchObject({ outcome: 'published' })
    expect(faults.map(({ code }) => code)).toEqual(['blocked', 'unblocked'])
  })
})

describe('the list of what RabbitMQ has', () => {
  it('names queues, streams and exchanges with what they are, up to its limit, and none that serve one client', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const base = uniqueName('found')
    await channel.assertQueue(`${base}-q`, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    await channel.assertQueue(`${base}-s`, { durable: true, arguments: { 'x-queue-type': 'stream' } })
    await channel.assertQueue(`${base}-own`, { exclusive: true })
    await channel.assertExchange(`${base}-x`, 'topic', { durable: true })
    bench.undo.push(
      () => channel.deleteQueue(`${base}-q`),
      () => channel.deleteQueue(`${base}-s`),
      () => channel.deleteExchange(`${base}-x`),
    )
    const isOurs = (address: string) => address.startsWith(base)
    await until('all to be listed', async () => (await driver.list(isOurs, 10)).destinations.length === 3)
    expect((await driver.list(isOurs, 10)).destinations).toEqual([
      { address: `${base}-q`, mode: 'queue', settings: { type: 'quorum', durable: true } },
      { address: `${base}-s`, mode: 'log', settings: {} },
      { address: `${base}-x`, mode: 'fanout', settings: { exchange: 'topic', durable: true } },
    ])
    expect(await driver.list(isOurs, 2)).toMatchObject({ complete: false })
    expect((await driver.list(() => true, 1_000)).destinations.map(({ address }) => address)).not.toContain(
      'amq.topic',
    )
  })
})

it('RL-40 a stream that another program deleted and made again at once is read from its first message, and so is one that was gone', async () => {
  const { driver, faults } = await bench.open()
  const { channel } = await bench.outside()
  const address = uniqueName('again')
  const spec = specOf(address, { mode: 'log' })
  await driver.declare(spec)
  bench.undo.push(() => driver.remove(address))
  const reader = await bench.attach(driver, address, {}, 'log')
  for (const text of ['a', 'b', 'c']) await driver.publish(address, draft(text))
  await until('the old ones', () => reader.texts().length === 3)
  await channel.deleteQueue(address)
  await channel.assertQueue(address, { durable: true, arguments: { 'x-queue-type': 'stream' } })
  channel.sendToQueue(address, Buffer.from('theirs'))
  await until('their message', () => reader.texts().includes('theirs'))
  expect(faults.map(({ code }) => code)).toContain('position-lost')
  const [first, last] = [reader.deliveries()[0], reader.deliveries().at(-1)]
  expect(last?.identity).not.toBe(first?.identity)
  const back = { name: 'back', address, mode: 'log' as const, settings: {}, madeAgain: true }
  const next = await attachRecorder(driver, back)
  bench.undo.push(() => next.consumer.leave())
  await until('all of it', () => next.texts().includes('theirs'))
})

it('RQ-44 a queue that another program made again as a stream, or a stream as a queue, is gone: what is sent is refused, and it cannot be declared as it was', async () => {
  const { driver } = await bench.open()
  const { channel } = await bench.outside()
  const stream = { durable: true, arguments: { 'x-queue-type': 'stream' } }
  for (const mode of ['queue', 'log'] as const) {
    const address = uniqueName('other')
    const spec = specOf(address, { mode })
    await driver.declare(spec)
    bench.undo.push(() => channel.deleteQueue(address))
    await driver.facts(address)
    await channel.deleteQueue(address)
    await channel.assertQueue(address, mode === 'queue' ? stream : { durable: true })
    await until('it to be gone', () =>
      driver.facts(address).then(
        () => false,
        (error: unknown) => error instanceof AppError && error.code === 'destination-not-found',
      ),
    )
    expect(await driver.publish(address, draft('not for them'))).toMatchObject({ outcome: 'refused' })
    await expect(driver.declare(spec)).rejects.toMatchObject({ code: 'broker-refused' })
    expect(await channel.checkQueue(address)).toMatchObject({ messageCount: 0 })
    await driver.remove(address, { keep: true })
  }
})

it('RQ-45 an administrator’s policy is among the traits, and what a worker rejects goes where the policy sends it', async () => {
  const { driver } = await bench.open()
  const { channel } = await bench.outside()
  const address = uniqueName('policed')
  const dead = `${address}-dead`
  await channel.assertQueue(dead)
  bench.undo.push(() => channel.deleteQueue(dead))
  await driver.declare(specOf(address))
  bench.undo.push(() => driver.remove(address))
  const path = `/api/policies/%2F/${address}`
  const definition = { 'dead-letter-exchange': '', 'dead-letter-routing-key': dead, 'max-length': 7 }
  const policy = { pattern: `^${address}$`, definition, 'apply-to': 'queues' }
  await management('PUT', path, policy)
  bench.undo.push(() => management('DELETE', path))
  await until('the policy', async () => {
    const found = await driver.describe?.(address)
    return (
      found?.traits.includes('policy max-length 7') &&
      found.traits.includes(`policy dead-letter-routing-key ${dead}`)
    )
  })
  const worker = await bench.attach(driver, address, { ackMode: 'manual' })
  await driver.publish(address, draft('poison'))
  await until('it', () => worker.texts().includes('poison'))
  await worker.consumer.settle(worker.deliveries()[0]?.delivery ?? 0, 'reject')
  await until('the dead letter', async () => (await channel.checkQueue(dead)).messageCount === 1)
  const deadLettered = worker.events.filter(({ type }) => type === 'dead-lettered')
  expect(deadLettered).toMatchObject([{ to: dead, evidence: 'inferred' }])
})
