import type { Admin } from 'kafkajs'
import { expect, it } from 'vitest'
import { Destinations } from '#lib/brokers/kafka/destinations.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const spec = {
  address: 'orders',
  mode: 'log',
  settings: { partitions: 1 },
  owned: true,
  shared: true,
} as const

/** A broker's topics, and the requests that fail once, by name. */
function openDestinations() {
  const topics = new Set<string>()
  const failing = new Set<string>()
  const step = (name: string) => {
    if (failing.delete(name)) throw new Error('Failed to connect: brokers array is empty')
  }
  const admin = {
    fetchTopicMetadata: async () => {
      step('metadata')
      if (topics.size === 0) throw Object.assign(new Error('none'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' })
      return { topics: [...topics].map((name) => ({ name, partitions: [{}] })) }
    },
    createTopics: async () => {
      topics.add('orders')
      failing.add('describe')
      return true
    },
    describeConfigs: async () => {
      step('describe')
      return { resources: [{ configEntries: [] }] }
    },
    deleteTopics: async () => {
      step('delete')
      topics.clear()
    },
  } as unknown as Admin
  const destinations = new Destinations({
    log: quiet,
    admin: () => admin,
    altered: async () => undefined,
    fault: () => undefined,
  })
  return { destinations, topics, failing }
}

it('a topic that was made before declaring failed is deleted by its removal', async () => {
  const { destinations, topics } = openDestinations()
  await expect(destinations.declare(spec)).rejects.toThrow('brokers array is empty')
  expect([...topics]).toEqual(['orders'])
  await destinations.remove('orders', false, () => [])
  expect([...topics]).toEqual([])
})

it('a second try that finds what the first one made does not take it for another program’s', async () => {
  const { destinations } = openDestinations()
  await expect(destinations.declare(spec)).rejects.toThrow()
  expect(await destinations.declare(spec)).toMatchObject({ existed: false })
})

it('a topic that was there before declaring failed stays', async () => {
  const { destinations, topics, failing } = openDestinations()
  topics.add('orders')
  failing.add('describe')
  await expect(destinations.declare(spec)).rejects.toThrow()
  await destinations.remove('orders', false, () => [])
  expect([...topics]).toEqual(['orders'])
})

it('a topic is forgotten, with the groups that read it, once the broker has deleted it and not before', async () => {
  const { destinations, topics, failing } = openDestinations()
  await expect(destinations.declare(spec)).rejects.toThrow()
  await destinations.declare(spec)
  failing.add('delete')
  let forgotten = 0
  const remove = () =>
    destinations.remove('orders', false, () => {
      forgotten += 1
      return []
    })
  await expect(remove()).rejects.toThrow()
  expect(forgotten).toBe(0)
  expect(destinations.get('orders')).toBeDefined()
  await remove()
  expect(forgotten).toBe(1)
  expect([...topics]).toEqual([])
  expect(destinations.get('orders')).toBeUndefined()
})
