import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CreateDriver, DestinationSpec, DriverOptions } from '#lib/brokers/contract.ts'
import { createDriver as createRabbitmq } from '#lib/brokers/rabbitmq/driver.ts'
import { createDriver as createRedis } from '#lib/brokers/redis/driver.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, draftOf, quietLog, upWithin } from './support/contract-bench.ts'

interface Named {
  system: string
  createDriver: CreateDriver
  options(): Pick<DriverOptions, 'url' | 'managementUrl'>
  specs: ReadonlyArray<Pick<DestinationSpec, 'mode' | 'settings'>>
}

const systems: Named[] = [
  {
    system: 'RabbitMQ',
    createDriver: createRabbitmq,
    options: () => testBrokers().rabbitmq,
    specs: [
      { mode: 'queue', settings: { deadLetters: true } },
      { mode: 'fanout', settings: {} },
      { mode: 'log', settings: {} },
    ],
  },
  {
    system: 'Redis',
    createDriver: createRedis,
    options: () => testBrokers().redis,
    specs: [
      { mode: 'queue', settings: { kind: 'stream' } },
      { mode: 'queue', settings: { kind: 'list' } },
      { mode: 'fanout', settings: {} },
      { mode: 'log', settings: {} },
    ],
  },
]
const cells = systems.flatMap((system) => system.specs.map((spec) => ({ ...system, ...spec })))

describe('a destination with a name that has slashes, spaces, dots, colons and other than ASCII characters', () => {
  it.each(cells)('$system $mode $settings.kind: is declared, read, counted and removed', async (cell) => {
    const { createDriver, options, mode, settings } = cell
    const driver = createDriver({ ...options(), clientName: uniqueName('names'), log: quietLog })
    onTestFinished(() => driver.close())
    driver.open()
    await upWithin(driver)
    const address = `${uniqueName('orders')}/eu high.v1: grün %2F*`
    await driver.declare({ address, mode, settings, owned: true })
    const recorder = await attachRecorder(driver, { name: 'one', address, mode, settings: {} })
    expect(await driver.publish(address, draftOf({ text: 'hello', messageId: 'hello' }))).toMatchObject({
      outcome: 'published',
    })
    await until('the message', () => recorder.texts().includes('hello'))
    expect((await driver.facts(address)).mode).toBe(mode)
    await recorder.consumer.leave()
    await driver.remove(address)
  })
})

it('a worker of a list whose name has spaces is not taken for gone by another process', async () => {
  const address = `${uniqueName('list')} of grün things`
  const open = async () => {
    const options = { ...testBrokers().redis, clientName: uniqueName('names'), log: quietLog }
    const driver = createRedis(options)
    onTestFinished(() => driver.close())
    driver.open()
    await upWithin(driver)
    await driver.declare({ address, mode: 'queue', settings: { kind: 'list' }, owned: true })
    return driver
  }
  const [one, other] = [await open(), await open()]
  const spec = { address, mode: 'queue' as const, settings: { ackMode: 'manual' } }
  const holder = await attachRecorder(one, { ...spec, name: 'holder' })
  await one.publish(address, draftOf({ text: 'held', messageId: 'held' }))
  await until('it', () => holder.texts().includes('held'))
  const asker = new Redis(testBrokers().redis.url)
  onTestFinished(() => asker.disconnect())
  /** How often anybody has looked who is connected, which is how a worker finds absent ones. */
  const looks = async () =>
    Number(/cmdstat_client\|list:calls=(\d+)/.exec(await asker.info('commandstats'))?.[1] ?? 0)
  const before = await looks()
  const second = await attachRecorder(other, { ...spec, name: 'second' })
  await until('three looks', async () => (await looks()) >= before + 3)
  expect([...holder.texts(), ...second.texts()]).toEqual(['held'])
  await one.remove(address)
})
