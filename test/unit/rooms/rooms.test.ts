import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { roomSnapshotSchema } from '#lib/protocol/room.ts'
import { healthSchema } from '#lib/protocol/status.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { LOST, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

describe('rooms', () => {
  it('the lobby is there from the start and stays', async () => {
    const { rooms } = await scriptRooms({ asleep: true })
    expect(await rooms.names()).toEqual(['lobby'])
    await expect(rooms.remove('lobby')).rejects.toMatchObject({ code: 'lobby-stays' })
    await expect(rooms.get('nope')).rejects.toThrow(expect.objectContaining({ code: 'room-not-found' }))
    await expect(rooms.remove('nope')).rejects.toMatchObject({ code: 'room-not-found' })
  })

  it('another room has the same three destinations under its own prefix, with its own numbers and its own stream', async () => {
    const { rooms, lobby, drivers, events } = await scriptRooms()
    const { room, created } = await rooms.create('den')
    await room.awake()
    expect(created).toBe(true)
    expect(await rooms.create('den')).toEqual({ room, created: false })
    expect((await room.snapshot()).destinations.map(({ id, address }) => [id, address])).toEqual([
      ['rabbitmq:mailbox', 'sb.den.mailbox'],
      ['redis:chatroom', 'sb.den.chatroom'],
      ['kafka:datascience', 'sb.den.datascience'],
    ])
    expect(drivers.kafka.declared.at(-1)).toMatchObject({ address: 'sb.den.datascience', owned: true })
    expect(drivers.kafka.attached.at(-1)?.spec).toMatchObject({ name: 'reader-3', group: 'sb.den.audit' })
    await lobby.publish({ text: 'x', to: [{ system: 'redis' }] })
    const emitted = events.length
    expect(await room.publish({ text: 'y', to: [{ system: 'redis' }] })).toMatchObject({ number: 1 })
    expect(drivers.redis.publishes.map(({ address }) => address)).toEqual(['chatroom', 'sb.den.chatroom'])
    expect(events).toHaveLength(emitted)
  })

  it('removing a room lets its consumers leave, notifies its listeners, and removes its own destinations from the brokers', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den')
    await room.awake()
    let closed = 0
    room.onClosed(() => {
      closed += 1
    })
    await rooms.remove('den')
    expect(closed).toBe(1)
    expect(drivers.rabbitmq.removed).toEqual(['sb.den.mailbox'])
    expect(drivers.kafka.removed).toEqual(['sb.den.datascience'])
    expect(
      drivers.rabbitmq.attached
        .filter(({ spec }) => spec.address === 'sb.den.mailbox')
        .map(({ asked }) => asked),
    ).toEqual([['leave'], ['leave']])
    await expect(rooms.get('den')).rejects.toThrow(expect.objectContaining({ code: 'room-not-found' }))
    await expect(room.touch()).rejects.toThrow(expect.objectContaining({ code: 'room-not-found' }))
  })

  it('a destination that could not be removed is removed when its broker is back, unless the room exists again', async () => {
    const { rooms, drivers } = await scriptRooms()
    await rooms.create('den')
    await rooms.create('cave')
    drivers.kafka.setStatus(LOST)
    await rooms.remove('den')
    await rooms.remove('cave')
    expect(drivers.kafka.removed).toEqual([])
    await rooms.create('cave')
    drivers.kafka.setStatus(UP)
    await until('the removal', () => drivers.kafka.removed.length > 0)
    await (await rooms.get('cave')).awake()
    expect(drivers.kafka.removed).toEqual(['sb.den.datascience'])
  })

  it('a room that is created again while it is being removed waits for the removal', async () => {
    const { rooms, drivers } = await scriptRooms()
    await rooms.create('den')
    const gone = createDeferred<void>()
    drivers.redis.script.remove = () => gone.promise
    const removing = rooms.remove('den')
    let made = false
    const again = rooms.create('den').then(() => {
      made = true
    })
    await until('the removal being asked', () => drivers.rabbitmq.removed.length === 1)
    expect(made).toBe(false)
    gone.resolve()
    await Promise.all([removing, again])
    expect(made).toBe(true)
  })

  it('notifies listeners to all rooms of every event of every room', async () => {
    const { rooms } = await scriptRooms()
    const heard: RoomEvent[] = []
    rooms.onEvent((event) => heard.push(event))
    const { room } = await rooms.create('den')
    expect(heard.filter((event) => event.room === 'den').map(({ seq }) => seq)).toEqual(
      Array.from({ length: (await room.snapshot()).seq }, (_, index) => index + 1),
    )
  })

  it("a snapshot matches the protocol's schema and the events of the stream", async () => {
    const { lobby, rooms } = await scriptRooms()
    const snapshot = roomSnapshotSchema.parse(await lobby.snapshot())
    const events = (await lobby.eventsSince({ epoch: rooms.epoch, seq: 0 }, 1_000)).events
    const last = new Map(of(events, 'consumer').map(({ now }) => [now.id, now]))
    expect([...last.values()]).toEqual(snapshot.consumers)
    const declared = new Map(of(events, 'destination').map(({ destination, now }) => [destination, now]))
    expect([...declared.values()]).toEqual(snapshot.destinations)
    expect(new Map(of(events, 'broker').map(({ now }) => [now.system, now])).size).toBe(3)
    expect(events).toHaveLength(snapshot.seq)
  })

  it('health says which broker is away and why', async () => {
    const { rooms, drivers } = await scriptRooms()
    expect(healthSchema.parse(await rooms.health())).toMatchObject({
      status: 'ok',
      brokers: { kafka: { status: 'up', version: '1.0' } },
    })
    drivers.kafka.setStatus(LOST)
    expect(await rooms.health()).toMatchObject({
      status: 'degraded',
      brokers: { kafka: { status: 'connecting', reason: 'gone' } },
    })
  })

  it('closing lets the consumers of every room leave, once', async () => {
    const { rooms, drivers } = await scriptRooms()
    await Promise.all([rooms.close(), rooms.close()])
    expect(drivers.redis.attached.map(({ asked }) => asked)).toEqual([['leave'], ['leave']])
    expect(drivers.redis.removed).toEqual([])
  })
})

describe('destinations', () => {
  const input = { system: 'rabbitmq', mode: 'queue', name: 'orders' } as const

  it('is added once declared, and removed with its consumers', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const added = await lobby.addDestination(input)
    expect(added).toMatchObject({
      id: 'rabbitmq:orders',
      address: 'orders',
      state: 'declared',
      traits: ['scripted'],
    })
    await lobby.addConsumer({ system: 'rabbitmq', destination: 'orders', name: 'clerk' })
    await expect(lobby.addDestination(input)).rejects.toMatchObject({ code: 'name-taken' })
    await lobby.removeDestination(added.id)
    expect(drivers.rabbitmq.consumer('clerk').asked).toEqual(['leave'])
    expect(drivers.rabbitmq.removed).toEqual(['orders'])
    expect(of(events, 'destination').at(-1)).toMatchObject({ destination: 'orders', now: null })
    await expect(lobby.removeDestination(added.id)).rejects.toMatchObject({ code: 'destination-not-found' })
  })

  it('the lobby keeps its classic three and its names apart from other rooms', async () => {
    const { lobby, drivers } = await scriptRooms()
    await expect(lobby.removeDestination('kafka:datascience')).rejects.toMatchObject({ code: 'lobby-stays' })
    expect(drivers.kafka.consumer('reader-1').asked).toEqual([])
    await expect(lobby.addDestination({ ...input, name: 'sb.den.mailbox' })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  it('one that the broker refuses is not in the room', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.rabbitmq.script.declare = async () => Promise.reject(new AppError('broker-refused', 'no'))
    await expect(lobby.addDestination(input)).rejects.toMatchObject({ code: 'broker-refused' })
    expect((await lobby.snapshot()).destinations).toHaveLength(3)
    drivers.rabbitmq.setStatus(LOST)
    await expect(lobby.addDestination(input)).rejects.toMatchObject({ code: 'broker-down' })
  })

  it('a classic one that is refused shows why, keeps its consumers waiting, and is tried again', async () => {
    const scripted = await scriptRooms({ status: LOST })
    const { lobby, drivers, events } = scripted
    drivers.rabbitmq.script.declare = async () =>
      Promise.reject(new AppError('broker-refused', 'no', { detail: { reason: 'PRECONDITION_FAILED' } }))
    drivers.rabbitmq.setStatus(UP)
    const queue = async () => (await lobby.snapshot()).destinations[0]
    await until('the refusal', async () => (await queue())?.state === 'refused')
    expect((await queue())?.note).toBe('PRECONDITION_FAILED')
    await until(
      'waiting',
      async () => (await lobby.snapshot()).consumers[0]?.reason === 'PRECONDITION_FAILED',
    )
    drivers.rabbitmq.script.declare = async () => ({
      traits: ['durable'],
      note: 'made durable',
      existed: false,
    })
    await until('declared', async () => (await queue())?.state === 'declared')
    expect(await queue()).toMatchObject({ traits: ['durable'], note: 'made durable' })
    await until('attached', async () => (await lobby.snapshot()).consumers[0]?.state === 'attached')
    expect(of(events, 'fault')).toHaveLength(1)
  })

  it('is declared again whenever its broker comes back', async () => {
    const { drivers } = await scriptRooms()
    drivers.kafka.setStatus(LOST)
    drivers.kafka.setStatus(UP)
    await until('declared again', () => drivers.kafka.declared.length === 2)
    expect(drivers.kafka.attached).toHaveLength(3)
  })
})
