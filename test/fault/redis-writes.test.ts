import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { draftOf, quietLog, upWithin } from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

let broker: OwnBroker
let admin: Redis
let driver: Driver

/** Why Redis takes no writes, as the driver reports it; empty while it takes them. */
const blocked = () => (driver.status.status === 'up' ? (driver.status.blocked ?? '') : '')

beforeAll(async () => {
  broker = await startOwnBroker('redis')
})
afterAll(() => broker.close())
beforeEach(async () => {
  admin = new Redis(broker.url)
  driver = createDriver({ url: broker.url, clientName: 'faulty', log: quietLog })
  driver.open()
  await upWithin(driver)
})
afterEach(async () => {
  await admin.call('CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '0')
  await driver.close()
  admin.disconnect()
})

describe('A Redis that takes no writes is blocked and not up, also while nothing is sent, until it takes them again', () => {
  it.each([
    ['without memory', 'maxmemory', '1', 'OOM'],
    ['without the replicas that it must have', 'min-replicas-to-write', '1', 'NOREPLICAS'],
  ])('%s', async (_what, setting, value, reason) => {
    await admin.config('SET', setting, value)
    await until('the refusal', () => blocked().includes(reason))
    await admin.config('SET', setting, '0')
    await until('its end', () => blocked() === '')
    const address = uniqueName('writes')
    await driver.declare({ address, mode: 'queue', settings: {}, owned: true })
    expect(await driver.publish(address, draftOf('taken again'))).toMatchObject({ outcome: 'published' })
    await driver.remove(address)
  })
})
