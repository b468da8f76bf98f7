import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createRabbitBench, draft } from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()
/** A header of the type `l`, as the client library writes it; RabbitMQ takes `L` for the same. */
const LONG = Buffer.from('\u0003etal')
const NAMED_AS_KOMBU_DOES = Buffer.from('\u0003etaL')

it('RQ-50 a message with a header of the type L, as kombu and Celery write large integers, reaches its worker, and stops nobody', async () => {
  const { driver } = await bench.open()
  const address = await bench.declare(driver)
  const worker = await bench.attach(driver, address)
  const { channel, send } = await bench.outside()
  const { stream } = (channel as unknown as { connection: { stream: Duplex } }).connection
  const write = stream.write.bind(stream)
  let renamed = 0
  stream.write = ((bytes: Buffer, ...rest: []) => {
    const at = bytes.indexOf(LONG)
    if (at >= 0) {
      NAMED_AS_KOMBU_DOES.copy(bytes, at)
      renamed += 1
    }
    return write(bytes, ...rest)
  }) as typeof stream.write
  send(address, 'odd', { headers: { eta: { '!': 'int64', value: 1_795_000_000_999 }, colour: 'red' } })
  send(address, 'next')
  await until('both', () => worker.texts().length >= 2)
  expect(renamed).toBe(1)
  expect(worker.texts()).toEqual(['odd', 'next'])
  const [odd] = worker.deliveries()
  expect(odd).toMatchObject({ redelivered: false })
  const { headers, fields } = odd?.metadata?.() ?? {}
  expect(headers).toEqual({ colour: 'red' })
  expect(fields).toContainEqual({ in: 'headers', name: 'eta', type: 'int64', text: '1795000000999' })
})

it('RL-12 when poisoned: readers of a stream fail at nothing; a message with the header x-poison passes like any other', async () => {
  const { driver } = await bench.open()
  const address = await bench.declare(driver, uniqueName('law'), 'log')
  const reader = await bench.attach(driver, address, {}, 'log')
  await driver.publish(address, draft('bad', { headers: { 'x-poison': 'true' } }))
  await driver.publish(address, draft('good'))
  await until('both', () => reader.texts().length >= 2)
  expect(reader.texts()).toEqual(['bad', 'good'])
})

it('RQ-52 two messages of another program with one id and one body are two, each with its own headers, also when they come again', async () => {
  const { driver } = await bench.open()
  const address = await bench.declare(driver)
  const worker = await bench.attach(driver, address, { ackMode: 'manual' })
  const { send } = await bench.outside()
  send(address, 'same', { messageId: '1', headers: { state: 'open' } })
  send(address, 'same', { messageId: '1', headers: { state: 'cancelled' } })
  await until('both', () => worker.deliveries().length === 2)
  const [one, two] = worker.deliveries()
  expect(one?.metadata?.().headers).toEqual({ state: 'open' })
  expect(two?.metadata?.().headers).toEqual({ state: 'cancelled' })
  expect(two?.identity).not.toBe(one?.identity)
  await worker.consumer.settle?.(two?.delivery ?? 0, 'requeue')
  await until('the second again', () => worker.deliveries().length === 3)
  expect(worker.deliveries()[2]).toMatchObject({ redelivered: true, identity: two?.identity })
})

it('RF-43 copies of an exchange are known by key and properties too: equal bodies of another program swap no names, with an id or without', async () => {
  const { driver } = await bench.open()
  const address = await bench.declare(driver, undefined, 'fanout', { exchange: 'topic' })
  const all = await bench.attach(driver, address, { bindingKey: '#' }, 'fanout')
  const some = await bench.attach(driver, address, { bindingKey: 'b' }, 'fanout')
  const { channel } = await bench.outside()
  for (const its of [{}, { messageId: '1' }]) {
    for (const [key, state] of [
      ['a', 'open'],
      ['b', 'open'],
      ['b', 'cancelled'],
      ['b', 'cancelled'],
    ] as const)
      channel.publish(address, key, Buffer.from('same'), { ...its, headers: { state } })
  }
  await until('all', () => all.deliveries().length === 8 && some.deliveries().length === 6)
  const names = all.deliveries().map(({ identity }) => identity)
  expect(new Set(names).size).toBe(8)
  expect(some.deliveries().map(({ identity }) => identity)).toEqual(names.filter((_, index) => index % 4 > 0))
})
