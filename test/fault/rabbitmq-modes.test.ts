import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { attach, open, undo } from './support/rabbitmq-driver.ts'

const TEST_TIMEOUT_MS = 180_000

const declared = async (driver: Driver, mode: Mode, settings: Settings = {}) => {
  const address = uniqueName(mode)
  await driver.declare({ address, mode, settings, owned: true })
  return address
}
const send = async (driver: Driver, address: string, id: string, settings?: Settings) => {
  const message = { messageId: id, body: Buffer.from(id), sentAt: now() }
  const { outcome } = await driver.publish(address, settings ? { ...message, settings } : message)
  expect(outcome).toBe('published')
}

describe('the broker is stopped and started again', () => {
  it(
    'a durable queue comes back with its persistent messages and without its transient ones; a stream is read on; an exchange is bound anew',
    async () => {
      const own = await startOwnBroker('rabbitmq')
      undo.push(own.close)
      const { driver, faults } = await open(own.url, own.managementUrl)
      const queue = await declared(driver, 'queue', { durable: true, deadLetters: true })
      const stream = await declared(driver, 'log')
      const durable = await declared(driver, 'fanout', { durable: true })
      const transient = await declared(driver, 'fanout', { exchange: 'topic' })
      await send(driver, queue, 'persistent')
      await send(driver, queue, 'transient', { persistent: 'transient' })
      const reader = await attach(driver, stream, 'log')
      const subscribers = [await attach(driver, durable, 'fanout'), await attach(driver, transient, 'fanout')]
      await send(driver, stream, 'before')
      await until('it read', () => reader.ids().length === 1)

      await own.stop()
      await until('it to be noticed', () => driver.status.status === 'down')
      await own.start()
      const back = [reader, ...subscribers]
      await until('all to be back', () => back.every(({ states }) => states().at(-1) === 'attached'))

      await send(driver, stream, 'after')
      await until('it read', () => reader.ids().length === 2)
      expect([reader.ids(), reader.gaps()]).toEqual([['before', 'after'], []])
      for (const [index, exchange] of [durable, transient].entries()) {
        await send(driver, exchange, exchange)
        await until('it heard', () => subscribers[index]?.ids().join() === exchange)
      }
      expect(subscribers.map(({ gaps }) => gaps())).toMatchObject([
        [{ reason: 'resubscribed' }],
        [{ reason: 'broker-restarted' }],
      ])
      const worker = await attach(driver, queue)
      await send(driver, queue, 'later')
      await until('two', () => worker.ids().length === 2)
      expect(worker.ids()).toEqual(['persistent', 'later'])
      expect(faults.map(({ code, address }) => [code, address])).toEqual([['exchange-lost', transient]])
    },
    TEST_TIMEOUT_MS,
  )
})
