import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { createRabbitBench } from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()

describe('what a program outside writes', () => {
  it('may have any properties and headers: each is shown with its type, exactly, and each cut says how much it left out', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const outside = await bench.outside()
    const headers = {
      flag: true,
      count: 3,
      large: { '!': 'int64', value: 9_007_199_254_740_993n },
      time: { '!': 'timestamp', value: 1_795_000_000 },
      price: { '!': 'decimal', value: { places: 2, digits: 1_999 } },
      half: 0.5,
      nothing: null,
      list: ['a', 1],
      table: { deep: { deeper: 'x' } },
      bytes: Buffer.from([1, 2, 255]),
      long: 'x'.repeat(5_000),
      'x-delivery-count': 41,
      cloudEvents_sender: 'two\nlines',
      constructor: 'c',
    }
    const given = {
      ...{ messageId: 'their-own', headers, expiration: '60000', replyTo: 'x', contentEncoding: 'utf-8' },
      ...{
        contentType: 'text/x',
        correlationId: 'c',
        type: 't',
        appId: 'a',
        priority: 3,
        deliveryMode: 1,
        timestamp: 7,
      },
    }
    outside.send(address, 'odd', given)
    await until('it', () => worker.deliveries().length === 1)
    const [delivery] = worker.deliveries()
    expect(delivery).toMatchObject({ messageId: 'their-own', attempt: 1, redelivered: false })
    expect(delivery?.identity).toContain('their-own')
    expect(delivery?.sender).toBeUndefined()
    const { headers: plain, fields, omittedFields } = delivery?.metadata?.() ?? {}
    expect(plain).toEqual({ constructor: 'c' })
    expect(omittedFields).toBeUndefined()
    const rows = fields?.map(({ in: place, name, path = [], type, text, bytes, items, omittedBytes }) =>
      [
        place === 'headers' ? [name, ...path].join('.') : `(${name})`,
        type,
        text ?? bytes ?? items,
        omittedBytes,
      ].filter((part) => part !== undefined),
    )
    // RabbitMQ 4 sorts headers by name.
    const byName = <Row>(all: Row[] = []) =>
      all.toSorted((one, other) => (String(one) < String(other) ? -1 : 1))
    expect(byName(rows)).toEqual(
      byName([
        ['(content_type)', 'string', 'text/x'],
        ['(content_encoding)', 'string', 'utf-8'],
        ['(delivery_mode)', 'uint8', '1'],
        ['(priority)', 'uint8', '3'],
        ['(correlation_id)', 'string', 'c'],
        ['(reply_to)', 'string', 'x'],
        ['(expiration)', 'string', '60000'],
        ['(message_id)', 'string', 'their-own'],
        ['(timestamp)', 'timestamp', '7'],
        ['(type)', 'string', 't'],
        ['(app_id)', 'string', 'a'],
        ['flag', 'bool', 'true'],
        ['count', 'int8', '3'],
        ['large', 'int64', '9007199254740993'],
        ['time', 'timestamp', '1795000000'],
        ['price', 'decimal', '19.99'],
        ['half', 'double', '0.5'],
        ['nothing', 'null'],
        ['list', 'array', 2],
        ['list.0', 'string', 'a'],
        ['list.1', 'int8', '1'],
        ['table', 'table', 1],
        ['table.deep', 'table', 1],
        ['table.deep.deeper', 'string', 'x'],
        ['bytes', 'bytes', 'AQL/'],
        ['long', 'string', 'x'.repeat(1_024), 5_000 - 1_024],
        ['x-delivery-count', 'int8', '41'],
        ['cloudEvents_sender', 'string', 'two\nlines'],
      ]),
    )
  })

  it('with one id and two bodies is two messages', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const outside = await bench.outside()
    for (const text of ['hello', 'bye']) outside.send(address, text, { messageId: '1' })
    await until('both', () => worker.texts().length === 2)
    const [hello, bye] = worker.deliveries()
    expect([hello?.messageId, bye?.messageId]).toEqual(['1', '1'])
    expect(hello?.identity).not.toBe(bye?.identity)
  })
})
