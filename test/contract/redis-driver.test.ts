import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createContractBench, quietLog } from './support/contract-bench.ts'

const clientName = uniqueName('named')
const bench = createContractBench({
  name: 'Redis channels',
  manifest,
  mode: 'fanout',
  createDriver,
  options: () => ({ url: testBrokers().redis.url, clientName, log: quietLog }),
  urlAt: (port) => `redis://127.0.0.1:${port}`,
})

const programs: Redis[] = []
/** A program outside, on the bare client library. */
function program(): Redis {
  const redis = new Redis(testBrokers().redis.url)
  programs.push(redis)
  return redis
}
afterEach(async () => {
  await Promise.all(programs.splice(0).map((redis) => redis.quit()))
})

const namesOnBroker = async (redis: Redis, name: string) =>
  String(await redis.client('LIST'))
    .split('\n')
    .filter((line) => line.includes(`name=${name}:`))

describe('programs outside', () => {
  it('are heard as they wrote, with one identity at every subscriber, and never taken for us', async () => {
    const address = await bench.declare()
    const first = await bench.attach(address)
    const second = await bench.attach(address)
    const bodies = [Buffer.from('aus Köln 🙂'), Buffer.from([0xff, 0x00, 0xc3]), Buffer.from('aus Köln 🙂')]
    const outside = program()
    for (const body of bodies) await outside.publish(address, body)
    for (const { deliveries } of [first, second]) {
      await until('all', () => deliveries().length >= bodies.length)
      expect(deliveries().map(({ body }) => Buffer.from(body).toString('hex'))).toEqual(
        bodies.map((body) => body.toString('hex')),
      )
      expect(deliveries().map(({ messageId }) => messageId)).toEqual([null, null, null])
    }
    const identities = first.deliveries().map(({ identity }) => identity)
    expect(second.deliveries().map(({ identity }) => identity)).toEqual(identities)
    expect(new Set(identities).size).toBe(bodies.length)
  })

  it('hear exactly the bytes that we publish, and nothing else', async () => {
    const address = await bench.declare()
    const outside = program()
    const heard: string[] = []
    outside.on('messageBuffer', (_channel: Buffer, body: Buffer) => void heard.push(body.toString('hex')))
    await outside.subscribe(address)
    const body = Buffer.from([0xff, 0xfe, 0x20, 0x41])
    await bench.publish(address, { body, sender: 'Ada', headers: { a: 'b' } })
    await until('it', () => heard.length > 0)
    await bench.publish(address, 'proof')
    await until('the proof', () => heard.length > 1)
    expect(heard).toEqual([body.toString('hex'), Buffer.from('proof').toString('hex')])
  })

  it('are distinguished from us while both publish at once', async () => {
    const address = await bench.declare()
    const recorders = [await bench.attach(address), await bench.attach(address)]
    const outside = program()
    const ours = Array.from({ length: 500 }, (_, index) => `ours ${index}`)
    const theirs = Array.from({ length: 500 }, (_, index) => `theirs ${index}`)
    await Promise.all([
      ...ours.map((text) => bench.publish(address, { text, messageId: text })),
      ...theirs.map((text) => outside.publish(address, text)),
    ])
    for (const recorder of recorders) {
      await until('all', () => recorder.deliveries().length >= ours.length + theirs.length)
      for (const { body, messageId } of recorder.deliveries()) {
        const text = Buffer.from(body).toString()
        expect(messageId).toBe(text.startsWith('ours') ? text : null)
      }
      expect(recorder.deliveries()).toHaveLength(ours.length + theirs.length)
    }
    const [one, two] = recorders.map((recorder) => recorder.deliveries().map(({ identity }) => identity))
    expect(one).toEqual(two)
  })

  it('count as listeners, a pattern as much as a channel', async () => {
    const address = await bench.declare()
    const outside = program()
    await outside.subscribe(address)
    await outside.psubscribe(`${address}*`)
    const receipt = await bench.publish(address, 'two subscriptions, one client')
    expect(receipt).toMatchObject({ outcome: 'published', heardBy: 2 })
  })
})

describe('subscribers that attach while messages are on their way', () => {
  it('identify every message correctly, whatever they missed', async () => {
    const address = await bench.declare()
    let sent = 0
    let isSending = true
    const receipts: Array<Promise<unknown>> = []
    const sender = (async () => {
      while (isSending) {
        for (let index = 0; index < 20; index++) {
          const text = `m${sent++}`
          receipts.push(bench.publish(address, { text, messageId: text }))
        }
        await new Promise(setImmediate)
      }
    })()
    const recorders = []
    for (let round = 0; round < 20; round++) recorders.push(await bench.attach(address))
    isSending = false
    await sender
    await Promise.all(receipts)
    for (const recorder of recorders) {
      await until('the last', () => recorder.texts().at(-1) === `m${sent - 1}`)
      expect(recorder.ids()).toEqual(recorder.texts())
    }
  })
})

describe('connections', () => {
  it('have names that say what each is for', async () => {
    const address = await bench.declare()
    await bench.attach(address, { name: 'subscriber-1' })
    const lines = await namesOnBroker(program(), clientName)
    const names = lines.map((line) => / name=(\S*)/.exec(line)?.[1]).sort()
    expect(names).toEqual(
      [`${clientName}:publisher`, `${clientName}:questions`, `${clientName}:${address}:subscriber-1`].sort(),
    )
  })

  it('are all gone from Redis once the driver is closed, also those of paused subscribers', async () => {
    const own = uniqueName('closing')
    const address = await bench.declare()
    const driver = await bench.openDriver({ clientName: own })
    const { consumer } = await bench.attach(address, { driver })
    await bench.attach(address, { driver })
    await consumer.pause()
    await bench.publish(address, 'unread')
    const asker = program()
    expect(await namesOnBroker(asker, own)).toHaveLength(4)
    await driver.close()
    await until('none left', async () => (await namesOnBroker(asker, own)).length === 0)
  })

  it('that were being opened when the driver was closed are gone too', async () => {
    const own = uniqueName('closing')
    const driver = await bench.openDriver({ clientName: own })
    const spec = { name: 'late', address: uniqueName('late'), mode: 'fanout', settings: {} } as const
    const attaching = driver.attach(spec, () => undefined)
    const refused = expect(attaching).rejects.toMatchObject({ code: 'broker-down' })
    await driver.close()
    await refused
    const asker = program()
    await until('none left', async () => (await namesOnBroker(asker, own)).length === 0)
  })

  it('a setting that a subscriber does not have is refused', async () => {
    const { consumer } = await bench.attach(await bench.declare())
    await consumer.update({})
    await expect(consumer.update({ prefetch: 1 })).rejects.toMatchObject({ code: 'not-capable' })
  })
})
