import { describe, expect, it } from 'vitest'
import { ADDED_CONSUMERS_MAX } from '#lib/protocol/limits.ts'
import type { Scene } from '#lib/protocol/scene.ts'
import { parseSceneFile } from '#lib/scenes/scene-file.ts'
import { LOST } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { scriptRooms } from './scripted-rooms.ts'

const SCENE: Scene = {
  destinations: [
    {
      ...{ system: 'rabbitmq', mode: 'queue', name: 'jobs', settings: { durable: true } },
      consumers: [{ name: 'worker-1', settings: { prefetch: 1 } }, { name: 'worker-2' }],
    },
    {
      ...{ system: 'kafka', mode: 'log', name: 'orders', settings: { partitions: 2 } },
      consumers: [{ name: 'reader-1', group: 'billing' }],
    },
  ],
  load: [],
}

const FILE = `
destinations:
  - system: rabbitmq
    mode: queue
    name: jobs
    settings: { durable: true }
    consumers:
      - name: worker-1
        settings: { prefetch: 1 }
      - name: worker-2
  - system: kafka
    mode: log
    name: orders
    settings: { partitions: 2 }
    consumers:
      - { name: reader-1, group: billing }
`

describe('a room of a scene', () => {
  it('has what the scene says, with its settings, and nothing else', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den', { scene: SCENE })
    await room.awake()
    const { destinations, consumers } = await room.snapshot()
    expect(destinations.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'rabbitmq:jobs declared',
      'kafka:orders declared',
    ])
    expect(consumers.map(({ id, group, state }) => [id, group, state])).toEqual([
      ['rabbitmq:jobs:worker-1', undefined, 'attached'],
      ['rabbitmq:jobs:worker-2', undefined, 'attached'],
      ['kafka:orders:reader-1', 'billing', 'attached'],
    ])
    expect(drivers.rabbitmq.consumer('worker-1').spec.settings).toMatchObject({ prefetch: 1 })
    expect(drivers.rabbitmq.declared.at(-1)).toMatchObject({ address: 'sb.den.jobs', owned: true })
  })

  it('may be made of a scene file, and is saved as one that makes the same room', async () => {
    const { rooms } = await scriptRooms()
    const { room } = await rooms.create('den', { sceneFile: FILE })
    await room.awake()
    const { scene, file } = await room.scene()
    expect(scene).toEqual(SCENE)
    expect(parseSceneFile(file)).toEqual(SCENE)
    expect((await (await rooms.get('lobby')).scene()).scene.destinations.map(({ name }) => name)).toEqual([
      'mailbox',
      'chatroom',
      'datascience',
    ])
  })

  it('may be empty', async () => {
    const { rooms } = await scriptRooms()
    const { room } = await rooms.create('den', { scene: 'empty' })
    expect((await room.snapshot()).destinations).toEqual([])
  })

  it('waits for its brokers', async () => {
    const { rooms } = await scriptRooms({ status: LOST })
    const { room } = await rooms.create('den', { scene: SCENE })
    expect((await room.snapshot()).destinations.map(({ state }) => state)).toEqual(['pending', 'pending'])
  })

  it('starts the loads of the scene', async () => {
    const { rooms, drivers } = await scriptRooms()
    const load = [{ system: 'rabbitmq', destination: 'jobs', rate: 0, count: 2, size: 3 }]
    await rooms.create('den', { scene: { ...SCENE, load } })
    await until('a message', () => drivers.rabbitmq.publishes.length > 0)
    expect(drivers.rabbitmq.publishes[0]?.address).toBe('sb.den.jobs')
  })

  it.each<[string, Scene['destinations'], string]>([
    ['a system that there is not', [{ system: 'nats', mode: 'queue', name: 'x', consumers: [] }], 'system'],
    [
      'a setting that there is not',
      [{ system: 'redis', mode: 'queue', name: 'x', settings: { durable: true }, consumers: [] }],
      'settings.durable',
    ],
    [
      'a setting out of bounds',
      [{ system: 'kafka', mode: 'log', name: 'x', settings: { partitions: 99 }, consumers: [] }],
      'settings.partitions',
    ],
    [
      'a group where there are none',
      [{ system: 'redis', mode: 'fanout', name: 'x', consumers: [{ name: 'a', group: 'g' }] }],
      'consumers.0.group',
    ],
    [
      'two consumers of one name',
      [{ system: 'redis', mode: 'fanout', name: 'x', consumers: [{ name: 'a' }, { name: 'a' }] }],
      'consumers.1.name',
    ],
  ])('is not made with %s', async (_, destinations, field) => {
    const { rooms } = await scriptRooms()
    await expect(rooms.create('den', { scene: { destinations, load: [] } })).rejects.toMatchObject({
      code: 'invalid',
      detail: { field: `destinations.0.${field}` },
    })
    expect(await rooms.names()).toEqual(['lobby'])
  })

  it('counts its consumers against what all rooms may have, and gives them back', async () => {
    const { rooms } = await scriptRooms()
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `w-${n}` }))
    const full = Math.ceil(ADDED_CONSUMERS_MAX / 300)
    const destinations = Array.from({ length: full }, (_, n) => ({
      ...{ system: 'redis', mode: 'fanout' as const, name: `c-${n}`, consumers: many(300) },
    }))
    const tooMany = { destinations, load: [] }
    await expect(rooms.create('den', { scene: tooMany })).rejects.toMatchObject({ code: 'too-many' })
    await until('all given back', async () => {
      const scene = { destinations: destinations.slice(1), load: [] }
      return rooms.create('den', { scene }).catch(() => undefined)
    })
  })
})

describe('a reset', () => {
  it('removes what is the room’s own, and makes the scene again', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den', { scene: SCENE })
    await room.awake()
    await room.addDestination({ system: 'redis', mode: 'log', name: 'extra' })
    await room.addConsumer({ system: 'rabbitmq', name: 'worker-3' })
    await room.commandConsumer('worker-1', 'crash')
    await room.reset()
    const { destinations, consumers } = await room.snapshot()
    expect(destinations.map(({ id }) => id)).toEqual(['rabbitmq:jobs', 'kafka:orders'])
    expect(consumers.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'worker-1 attached',
      'worker-2 attached',
      'reader-1 attached',
    ])
    expect(drivers.rabbitmq.removed).toEqual(['sb.den.jobs'])
    expect(drivers.redis.removed).toEqual(['sb.den.extra'])
  })

  it('changes nothing while a broker is away that has a part of it', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den', { scene: SCENE })
    await room.awake()
    drivers.kafka.setStatus(LOST)
    await expect(room.reset()).rejects.toMatchObject({ code: 'broker-down' })
    expect(drivers.rabbitmq.removed).toEqual([])
    expect((await room.snapshot()).consumers).toHaveLength(3)
  })

  it('leaves in the lobby what programs outside may use', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination({ system: 'redis', mode: 'log', name: 'extra' })
    await lobby.addConsumer({ system: 'redis', destination: 'chatroom', name: 'late' })
    await lobby.removeConsumer('subscriber-1')
    await lobby.reset()
    const { consumers } = await lobby.snapshot()
    expect(consumers.map(({ name }) => name).sort()).toEqual(
      ['reader-1', 'reader-2', 'reader-3', 'subscriber-1', 'subscriber-2', 'worker-1', 'worker-2'].sort(),
    )
    expect([...drivers.rabbitmq.removed, ...drivers.redis.removed, ...drivers.kafka.removed]).toEqual([
      'extra',
    ])
  })
})

describe('a scene file', () => {
  const faultOf = (text: string) => {
    try {
      parseSceneFile(text)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return 'accepted'
  }

  it.each([
    ['no YAML', 'destinations: [', /^line 1: /],
    ['nothing', '', /^line 1: /],
    ['an unknown field', 'destinations: []\nloads: []\n', /^line 2, loads: there is no such field/],
    ['an unknown mode', FILE.replace('mode: log', 'mode: topic'), /^line 12, destinations\.1\.mode: /],
    [
      'an unknown setting',
      FILE.replace('prefetch', 'prefetched'),
      /^line 9, destinations\.0\.consumers\.0\./,
    ],
    ['copies of copies', 'a: &a [1]\nb: [*a, *a]\ndestinations: *a\n', /^line 1: /],
    ['deep nesting', '['.repeat(100_000), /^line 1: /],
    ['a prototype', '__proto__: {}\ndestinations: []\n', /^line 1, __proto__: there is no such field/],
    ['a name given twice', 'destinations: []\ndestinations: []\n', /^line 2: /],
  ])('that is wrong says where and why: %s', (_, text, fault) => {
    expect(faultOf(text)).toMatch(fault)
  })
})
