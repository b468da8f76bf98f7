import { describe, expect, test } from 'vitest'
import { createLaneChoice } from '#components/feed/lane-choice.ts'
import { rememberedLanes } from '#components/feed/remembered-lanes.ts'
import { freeDestinationName, starterPlan } from '#components/lane/make-destination.ts'
import { catalog } from '#lib/brokers/catalog.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { createMemoryStorage } from '../feed/memory-storage.ts'

const destination = (name: string, mode: Mode, system = 'redis'): Destination => ({
  id: `${system}:${name}`,
  system,
  name,
  mode,
  address: name,
  settings: {},
  state: 'declared',
  traits: [],
})
const chatroom = destination('chatroom', 'fanout')
const news = destination('news', 'fanout')
const jobs = destination('jobs', 'queue')

describe('which destination a lane shows', () => {
  test('is the first one until somebody here chooses', () => {
    const choice = createLaneChoice(() => null)
    choice.enter('lobby')
    expect(choice.among('redis', [destination('x', 'log', 'kafka'), chatroom, news])?.name).toBe('chatroom')
    choice.choose('redis', 'news')
    expect(choice.among('redis', [chatroom, news])?.name).toBe('news')
  })

  test('does not move when somebody adds another one', () => {
    const choice = createLaneChoice(() => null)
    choice.enter('lobby')
    choice.choose('redis', 'chatroom')
    expect(choice.among('redis', [jobs, chatroom, news])?.name).toBe('chatroom')
  })

  test('falls back to the one shown before, then to the first, when it is removed', () => {
    const choice = createLaneChoice(() => null)
    choice.enter('lobby')
    choice.choose('redis', 'jobs')
    choice.choose('redis', 'news')
    expect(choice.among('redis', [chatroom, jobs])?.name).toBe('jobs')
    expect(choice.among('redis', [chatroom])?.name).toBe('chatroom')
    expect(choice.among('redis', [])).toBeUndefined()
  })

  test('of one mode is the one of that mode that was shown last', () => {
    const choice = createLaneChoice(() => null)
    choice.enter('lobby')
    choice.choose('redis', 'news')
    choice.choose('redis', 'jobs')
    expect(choice.among('redis', [chatroom, news, jobs], 'fanout')?.name).toBe('news')
    expect(choice.among('redis', [chatroom, news, jobs], 'log')).toBeUndefined()
  })

  test('outlives a reload in its own room, and no other room knows of it', () => {
    const storage = createMemoryStorage()
    const before = createLaneChoice(() => storage)
    before.enter('lobby')
    before.choose('redis', 'news')
    const after = createLaneChoice(() => storage)
    after.enter('lobby', rememberedLanes('lobby', storage))
    expect(after.among('redis', [chatroom, news])?.name).toBe('news')
    after.enter('elsewhere', rememberedLanes('elsewhere', storage))
    expect(after.among('redis', [chatroom, news])?.name).toBe('chatroom')
  })

  test('stays what was chosen before the room was entered', () => {
    const choice = createLaneChoice(() => null)
    choice.choose('redis', 'news')
    choice.enter('lobby', { redis: ['jobs'] })
    expect(choice.among('redis', [chatroom, news, jobs])?.name).toBe('news')
  })

  test('notifies its listeners, and survives a storage that holds anything', () => {
    const storage = createMemoryStorage()
    storage.setItem('switchboard.lanes.lobby', '{"redis": 7}')
    const choice = createLaneChoice(() => storage)
    let notified = 0
    const end = choice.subscribe(() => {
      notified += 1
    })
    choice.enter('lobby', rememberedLanes('lobby', storage))
    choice.choose('redis', 'news')
    end()
    choice.choose('redis', 'jobs')
    expect(notified).toBe(2)
    expect(choice.among('redis', [chatroom, jobs])?.name).toBe('jobs')
  })
})

describe('a destination to be made', () => {
  test('gets a name that is free on its own system', () => {
    expect(freeDestinationName('news', [chatroom], 'redis')).toBe('news')
    expect(freeDestinationName('news', [news, destination('news-2', 'log')], 'redis')).toBe('news-3')
    expect(freeDestinationName('news', [news], 'kafka')).toBe('news')
  })

  test.each(
    catalog.flatMap((manifest) => Object.entries(manifest.modes).map(([mode]) => ({ manifest, mode }))),
  )("follows the manifest's starter: $manifest.label $mode", ({ manifest, mode }) => {
    const found = manifest.modes[mode as Mode]
    if (!found) throw new Error('a mode of the manifest')
    const plan = starterPlan(manifest.id, mode as Mode, found, [])
    expect(plan.name).toBe(found.starter.name)
    expect(found.destinationSettings.safeParse(plan.settings).success).toBe(true)
    expect(plan.consumers.length).toBeGreaterThan(0)
    for (const { settings = {} } of plan.consumers) {
      expect(found.consumerSettings.safeParse(settings).success).toBe(true)
    }
  })
})
