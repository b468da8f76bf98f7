import { type Admin, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG_OPERATION, incrementally } from '#lib/brokers/kafka/incremental-configs.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { draftOf } from './support/contract-bench.ts'
import { createKafkaCell } from './support/kafka-cell.ts'

const cell = createKafkaCell('log')
let admin: Admin

beforeAll(async () => {
  const brokers = testBrokers().kafka.url.split(',')
  admin = new Kafka({ brokers, clientId: 'outside', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
})
afterAll(() => admin.disconnect())

/** Numbers of Kafka's protocol: a resource type, and the source of what was set for one topic. */
const TOPIC_RESOURCE = 2
const SET_FOR_THE_TOPIC = 1

/** What was set for the topic itself, as an administrator reads it. */
async function setFor(topic: string): Promise<Record<string, string>> {
  const resources = [{ type: TOPIC_RESOURCE, name: topic }]
  const [found] = (await admin.describeConfigs({ includeSynonyms: false, resources })).resources
  const own =
    found?.configEntries.filter(({ configSource }) => Number(configSource) === SET_FOR_THE_TOPIC) ?? []
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]))
}

const theirs = { 'cleanup.policy': 'compact', 'max.message.bytes': '2000', 'segment.ms': '3600000' }

async function foreignTopic(): Promise<string> {
  const topic = uniqueName('theirs')
  const configEntries = Object.entries(theirs).map(([name, value]) => ({ name, value }))
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true })
  return topic
}

const specOf = (address: string, settings: object = {}) => {
  return { address, mode: 'log' as const, settings: { ...settings }, owned: true, shared: true }
}

describe('a topic that other programs made', () => {
  it('KL-30 a topic that other programs made is used as it is, and its settings are shown as the broker has them', async () => {
    const topic = await foreignTopic()
    const declared = await cell.driver().declare(specOf(topic, { partitions: 3, retentionMinutes: 90 }))
    expect(declared).toMatchObject({
      existed: true,
      settings: { partitions: 1, cleanup: 'compact', retentionMinutes: 0 },
    })
    expect(await setFor(topic)).toEqual(theirs)
    await cell.driver().remove(topic, { keep: true })
    expect(await setFor(topic)).toEqual(theirs)
    await admin.deleteTopics({ topics: [topic] })
  })

  it('KL-31 a change of a topic changes what was named and nothing else: what others set for the topic stays', async () => {
    const topic = await foreignTopic()
    const { settings } = await cell.driver().declare(specOf(topic))
    const change = (changes: object) =>
      cell.driver().alter(specOf(topic, { ...settings, ...changes }), Object.keys(changes))
    const altered = await change({ retentionMinutes: 5 })
    expect(altered.settings).toMatchObject({ cleanup: 'compact', retentionMinutes: 5 })
    expect(await setFor(topic)).toEqual({ ...theirs, 'retention.ms': '300000' })
    await change({ retentionMinutes: 0 })
    expect(await setFor(topic)).toEqual(theirs)
    await change({ acks: '1', idempotent: false })
    expect(await setFor(topic)).toEqual(theirs)
    await change({ cleanup: 'delete' })
    expect(await setFor(topic)).toEqual({ ...theirs, 'cleanup.policy': 'delete' })
    await cell.driver().remove(topic)
  })
})

it('KL-33 a group that was there before stays, with its positions elsewhere, when a topic that it read here is removed', async () => {
  const [theirTopic, group, fresh] = [await foreignTopic(), uniqueName('theirs'), uniqueName('fresh')]
  await admin.setOffsets({ groupId: group, topic: theirTopic, partitions: [{ partition: 0, offset: '0' }] })
  const topic = uniqueName('ours')
  await cell.driver().declare(specOf(topic, { partitions: 1 }))
  for (const one of [group, fresh]) {
    const reader = await cell.join(topic, { group: one })
    await reader.consumer.leave()
  }
  await cell.driver().remove(topic)
  const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
  expect(groups).toContain(group)
  expect(groups).not.toContain(fresh)
  const [kept] = await admin.fetchOffsets({ groupId: group, topics: [theirTopic] })
  expect(kept?.partitions).toMatchObject([{ partition: 0, offset: '0' }])
  await admin.deleteTopics({ topics: [theirTopic] })
})

describe('a topic that was deleted on the broker', () => {
  it('KL-32 a topic that was deleted on the broker is reported as not found, and is there again once it is declared again', async () => {
    const topic = uniqueName('doomed')
    await cell.driver().declare(specOf(topic, { partitions: 2 }))
    await admin.deleteTopics({ topics: [topic] })
    await until('it to be missed', async () => {
      const missed = cell.driver().facts(topic)
      return missed.then(
        () => false,
        ({ code }: { code?: string }) => code === 'destination-not-found',
      )
    })
    expect(await cell.driver().declare(specOf(topic, { partitions: 2 }))).toMatchObject({
      traits: expect.arrayContaining(['2 partitions']),
    })
    await until('its facts', () => cell.facts(topic))
    await cell.driver().remove(topic)
  })

  it('KL-34 a topic that was deleted refuses what is sent at once, and takes it again once another program made it again', async () => {
    const topic = uniqueName('again')
    const driver = cell.driver()
    await driver.declare({ ...specOf(topic, { partitions: 2 }), revives: false })
    await admin.deleteTopics({ topics: [topic] })
    const isFound = () =>
      driver.facts(topic).then(
        () => true,
        () => false,
      )
    await until('it to be missed', async () => !(await isFound()))
    const send = (text: string) => driver.publish(topic, draftOf(text))
    expect(await send('lost')).toMatchObject({ outcome: 'refused', evidence: 'client' })
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
    await until('it to be found', isFound)
    await until('a send', async () => (await send('taken')).outcome === 'published')
    await driver.remove(topic)
  })
})

it('KL-35 a topic is described as the broker has it now, after another program changed its partitions and settings', async () => {
  const topic = uniqueName('changed')
  const driver = cell.driver()
  await driver.declare(specOf(topic, { partitions: 1 }))
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
  const change = { name: 'retention.ms', operation: CONFIG_OPERATION.SET, value: '300000' }
  const configEntries = incrementally([change])
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries }],
  })
  await until('all of it', async () => {
    const found = await driver.describe?.(topic)
    return found?.settings?.['partitions'] === 4 && found.settings['retentionMinutes'] === 5
  })
  await driver.remove(topic)
})

describe('the list of what Kafka has', () => {
  it('names topics of other programs as logs, up to its limit, and none of Kafka itself', async () => {
    const topic = await foreignTopic()
    const found = await cell.driver().list((address) => address === topic, 1)
    expect(found).toEqual({ destinations: [{ address: topic, mode: 'log', settings: {} }], complete: true })
    const all = await cell.driver().list(() => true, 1_000)
    expect(all.destinations.filter(({ address }) => address.startsWith('__'))).toEqual([])
    expect(await cell.driver().list((address) => address === topic, 0)).toMatchObject({ complete: false })
    await admin.deleteTopics({ topics: [topic] })
  })
})
