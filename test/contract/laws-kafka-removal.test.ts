import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, quietLog, upWithin } from './support/contract-bench.ts'
import { createKafkaCell, hears } from './support/kafka-cell.ts'

const cell = createKafkaCell('log')

async function onBroker<T>(ask: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const answer = await ask(admin)
  await admin.disconnect()
  return answer
}
const groups = async () =>
  (await onBroker((admin) => admin.listGroups())).groups.map(({ groupId }) => groupId)
const topics = () => onBroker((admin) => admin.listTopics())

it('KL-9 a topic that is kept stays with its messages and with the groups that had read it before; groups that began here are deleted', async () => {
  const other = createDriver({ url: testBrokers().kafka.url, clientName: 'others', log: quietLog })
  other.open()
  await upWithin(other)
  const address = await cell.declare({ partitions: 1 })
  const [old, fresh] = [uniqueName('old'), uniqueName('fresh')]
  const theirs = await attachRecorder(other, { name: 'x', address, mode: 'log', group: old, settings: {} })
  await theirs.consumer.leave()
  await other.close()
  const readers = [await cell.join(address, { group: old }), await cell.join(address, { group: fresh })]
  await cell.publish(address, 'kept')
  for (const reader of readers) {
    await hears(reader, 1)
    await reader.consumer.leave()
  }
  await cell.driver().remove(address, { keep: true })
  expect(await topics()).toContain(address)
  expect(await groups()).toContain(old)
  expect(await groups()).not.toContain(fresh)
  expect(await cell.declared(address, { partitions: 1 })).toMatchObject({ existed: true })
  const again = await cell.join(address, { group: fresh, settings: { from: 'earliest' } })
  await hears(again, 1)
})

it.each(['queue', 'fanout'] as const)(
  'a topic used as a %s is deleted with the groups that nobody chose',
  async (mode) => {
    const address = uniqueName('going')
    const driver = cell.driver()
    await driver.declare({ address, mode, settings: {}, owned: true })
    const one = await attachRecorder(driver, { name: 'one', address, mode, settings: {} })
    expect((await groups()).filter((group) => group.startsWith(`${address}.`))).toHaveLength(1)
    await one.consumer.leave()
    await driver.remove(address)
    await until('the topic to be gone', async () => !(await topics()).includes(address))
    expect((await groups()).filter((group) => group.startsWith(`${address}.`))).toEqual([])
  },
)

it('facts report the generation of a group where a member of this process knows it', async () => {
  const address = await cell.declare()
  const group = uniqueName('group')
  await cell.join(address, { group })
  await cell.join(address, { group })
  const generation = await until('the generation', async () => {
    const found = (await cell.facts(address)).groups.find((one) => one.group === group)
    return found?.members.length === 2 && found.generation
  })
  expect(generation).toBeGreaterThanOrEqual(2)
})
