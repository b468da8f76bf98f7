import { describe, expect, it } from 'vitest'
import { now } from '#lib/util/clock.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attach, open, openWire, undo } from './support/rabbitmq-driver.ts'

/** A deadline of a second, with room for a busy machine; without one, closing waits for two missed heartbeats: 20 s. */
const CLOSED_MAX_MS = 8_000

describe('the wire to the broker', () => {
  it('cut before the receipts: each unconfirmed message is uncertain, and none is sent again', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await openWire(url)
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

  it('cut and restored: the queue and its messages are found as they were, and no loss is reported', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await openWire(url)
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

  it('silent: closing ends within its deadline all the same', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await openWire(url)
    const { driver } = await open(wire.url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
    await attach(driver, address)
    wire.mute(true)
    const receipt = driver.publish(address, { messageId: 'a', body: Buffer.from('a'), sentAt: now() })
    const startedAt = Date.now()
    await driver.close(1_000)
    expect(Date.now() - startedAt).toBeLessThan(CLOSED_MAX_MS)
    expect((await receipt).outcome).toBe('uncertain')
    const observer = await open(url, managementUrl)
    await observer.driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    await observer.driver.remove(address)
  })

  it('cut while a queue is removed: nothing is forgotten, and the removal is made once the broker is back', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await openWire(url)
    const { driver } = await open(wire.url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: { deadLetters: true }, owned: true })
    wire.cut()
    await until('the loss', () => driver.status.status !== 'up')
    await expect(driver.remove(address)).rejects.toMatchObject({ code: 'broker-down' })
    await until('up again', () => driver.status.status === 'up')
    await driver.remove(address)
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
  })

  it('blocked by the broker: publishes are refused at once until it is unblocked', async () => {
    const { url, managementUrl } = testBrokers().rabbitmq
    const wire = await openWire(url)
    const { driver, faults } = await open(wire.url, managementUrl)
    const address = uniqueName('wire')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    const publish = (text: string) =>
      driver.publish(address, { messageId: text, body: Buffer.from(text), sentAt: now() })
    wire.inject(connectionBlocked('low on memory'))
    await until('it to be reported', () => faults.some(({ code }) => code === 'blocked'))
    expect(driver.status).toMatchObject({ status: 'up', blocked: expect.stringContaining('low on memory') })
    expect(await publish('a')).toMatchObject({
      outcome: 'refused',
      evidence: 'broker',
      reason: expect.stringContaining('low on memory'),
    })
    wire.inject(CONNECTION_UNBLOCKED)
    await until('the end of it to be reported', () => faults.some(({ code }) => code === 'unblocked'))
    expect(driver.status).not.toHaveProperty('blocked')
    expect(await publish('b')).toMatchObject({ outcome: 'published' })
    await driver.remove(address)
  })
})

const FRAME_END = 0xce
/** A method frame of class 10 (connection) on channel 0 (amqp0-9-1 specification, 2.3.5). */
function connectionMethod(method: number, fields: Buffer): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 4 + fields.length, 0, 10, 0, method])
  return Buffer.concat([head, fields, Buffer.from([FRAME_END])])
}
/** A broker low on memory sends this; making a real one so would stop every other test's traffic. */
const connectionBlocked = (reason: string) =>
  connectionMethod(60, Buffer.concat([Buffer.from([reason.length]), Buffer.from(reason)]))
const CONNECTION_UNBLOCKED = connectionMethod(61, Buffer.alloc(0))
