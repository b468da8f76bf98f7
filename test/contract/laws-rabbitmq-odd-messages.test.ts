import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { createRabbitBench } from './support/rabbitmq-bench.ts'

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
