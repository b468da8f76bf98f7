import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SEAT_AWAY_MAX_MS } from '#lib/protocol/limits.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { HeldSeat, Room } from '#lib/rooms/contract.ts'
import { LOST, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

const QUEUE = { system: 'rabbitmq', mode: 'queue' as const, name: 'jobs', settings: {} }
const mei = { id: 'mei', name: 'Mei' }
const person = (index: number) => ({ id: `p${index}`, name: `Guest ${index}` })
const seatOf = async (room: Room, personId: string): Promise<Consumer | undefined> =>
  (await room.snapshot()).consumers.find(({ owner }) => owner?.id === personId)

describe('seats', () => {
  it('are dealt evenly over the destinations, each a consumer of its own that goes on with their names', async () => {
    const { lobby, drivers } = await scriptRooms()
    const names: string[] = []
    for (let index = 0; index < 6; index += 1) {
      const { consumer } = await lobby.takeSeat(person(index), {})
      expect(consumer).toMatchObject({ state: 'attached', owner: person(index) })
      names.push(consumer.name)
    }
    expect(names).toEqual(['worker-3', 'subscriber-3', 'reader-4', 'worker-4', 'subscriber-4', 'reader-5'])
    expect(drivers.rabbitmq.consumer('worker-4').settings).toMatchObject({ ackMode: 'manual', prefetch: 1 })
  })

  it('join the group with the fewest members', async () => {
    const { lobby } = await scriptRooms()
    await lobby.updateSeats({ choice: true })
    const groups: unknown[] = []
    for (let index = 0; index < 3; index += 1) {
      groups.push((await lobby.takeSeat(person(index), { system: 'kafka' })).consumer.group)
    }
    expect(groups).toEqual(['audit', 'analytics', 'audit'])
  })

  it('are chosen only where the room allows it', async () => {
    const { lobby } = await scriptRooms()
    const choose = () => lobby.takeSeat(mei, { system: 'redis', destination: 'chatroom' })
    await expect(choose()).rejects.toMatchObject({ code: 'not-capable' })
    await lobby.updateSeats({ choice: true })
    expect((await lobby.snapshot()).seats).toEqual({ choice: true })
    expect((await choose()).consumer.name).toBe('subscriber-3')
  })

  it('have a limit where a mode has one, and then go to the others', async () => {
    const { lobby } = await scriptRooms()
    await lobby.updateSeats({ choice: true })
    for (let index = 0; index < 60; index += 1) await lobby.takeSeat(person(index), { system: 'kafka' })
    await lobby.updateSeats({ choice: false })
    const dealt: string[] = []
    for (let index = 60; index < 64; index += 1) {
      dealt.push((await lobby.takeSeat(person(index), {})).consumer.system)
    }
    expect(dealt).toEqual(['rabbitmq', 'redis', 'rabbitmq', 'redis'])
  })

  it('that are all taken are refused, unless somebody is away: who has been away for longest gives way', async () => {
    const { lobby } = await scriptRooms()
    await lobby.updateSeats({ choice: true })
    const held: HeldSeat[] = []
    for (let index = 0; index < 60; index += 1) {
      held.push(await lobby.takeSeat(person(index), { system: 'kafka' }))
    }
    const come = () => lobby.takeSeat(mei, { system: 'kafka' })
    await expect(come()).rejects.toMatchObject({ code: 'too-many' })
    held[7]?.release('lost')
    held[3]?.release('lost')
    expect((await come()).consumer).toMatchObject({ state: 'attached', name: 'reader-64' })
    expect(await seatOf(lobby, 'p7')).toBeUndefined()
    expect(await seatOf(lobby, 'p3')).toMatchObject({ away: true })
  })

  it('are not part of the scene that a room is saved as', async () => {
    const { lobby } = await scriptRooms()
    await lobby.takeSeat(mei, {})
    const { scene } = await lobby.scene()
    expect(scene.destinations[0]?.consumers.map(({ name }) => name)).toEqual(['worker-1', 'worker-2'])
  })

  it('belong to one person, whichever of their tabs asks, and bear the name that the person has now', async () => {
    const { lobby } = await scriptRooms()
    const first = await lobby.takeSeat(mei, {})
    const second = await lobby.takeSeat({ ...mei, name: 'Mei L.' }, {})
    expect(second.consumer.id).toBe(first.consumer.id)
    expect(second.consumer.owner).toEqual({ id: 'mei', name: 'Mei L.' })
    first.release('lost')
    expect(await seatOf(lobby, 'mei')).toMatchObject({ state: 'attached' })
    expect(await seatOf(lobby, 'mei')).not.toHaveProperty('away')
  })

  it('crash when the last tab of their owner is lost, and are taken again under the same name', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { consumer, release } = await lobby.takeSeat(mei, {})
    release('lost')
    await until('the crash', async () => (await seatOf(lobby, 'mei'))?.state === 'crashed')
    expect(drivers.rabbitmq.consumer('worker-3').asked).toEqual(['crash'])
    expect(await seatOf(lobby, 'mei')).toMatchObject({ away: true })
    const back = await lobby.takeSeat(mei, {})
    expect(back.consumer).toMatchObject({ id: consumer.id, state: 'attached' })
    expect(back.consumer).not.toHaveProperty('away')
    const states = of(events, 'consumer').flatMap(({ now }) => (now.owner ? [[now.state, now.away]] : []))
    expect(states).toEqual([
      ['attaching', undefined],
      ['attached', undefined],
      ['attached', true],
      ['crashed', true],
      ['crashed', undefined],
      ['attaching', undefined],
      ['attached', undefined],
    ])
  })

  it('that their owner dropped stay dropped when the owner comes back, until the owner connects again', async () => {
    const { lobby } = await scriptRooms()
    const { consumer, release } = await lobby.takeSeat(mei, {})
    expect(await lobby.dropSeat('mei')).toMatchObject({ id: consumer.id, state: 'crashed' })
    release('lost')
    await until('away', async () => (await seatOf(lobby, 'mei'))?.away === true)
    expect((await lobby.takeSeat(mei, {})).consumer).toMatchObject({ state: 'crashed' })
    expect(await lobby.commandConsumer(consumer.id, 'start')).toMatchObject({ state: 'attached' })
    await expect(lobby.dropSeat('nobody')).rejects.toMatchObject({ code: 'wrong-state' })
  })

  it('leave politely when their owner leaves', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.takeSeat(mei, {})
    await lobby.leaveSeat('mei')
    expect(await seatOf(lobby, 'mei')).toBeUndefined()
    expect(drivers.rabbitmq.consumer('worker-3').asked).toEqual(['leave'])
    const { consumer, release } = await lobby.takeSeat(mei, {})
    expect(consumer.name).toBe('worker-4')
    release('left')
    await until('gone', async () => (await seatOf(lobby, 'mei')) === undefined)
  })

  it('attach when their broker is back, and not while their owner is away', async () => {
    const { lobby, drivers, slots } = await scriptRooms()
    await lobby.updateSeats({ choice: true })
    drivers.redis.setStatus(LOST)
    const { consumer, release } = await lobby.takeSeat(mei, { system: 'redis' })
    expect(consumer).toMatchObject({ state: 'attaching', reason: 'broker-down' })
    release('lost')
    await until('away', async () => (await seatOf(lobby, 'mei'))?.state === 'detached')
    drivers.redis.setStatus(UP)
    await until('up', () => slots.status('redis').status === 'up')
    expect((await lobby.takeSeat(mei, {})).consumer).toMatchObject({ id: consumer.id, state: 'attached' })
  })

  it('are given back to their owners after the server was started again, where nobody has them', async () => {
    const { lobby } = await scriptRooms()
    const had = { system: 'kafka', destination: 'datascience', consumer: 'reader-28', group: 'audit' }
    const { consumer } = await lobby.takeSeat(mei, { had })
    expect(consumer).toMatchObject({ id: 'kafka:datascience:reader-28', group: 'audit' })
    expect((await lobby.takeSeat(person(1), { had })).consumer.name).toBe('worker-3')
    const foreign = { system: 'rabbitmq', destination: 'mailbox', consumer: 'reads-all' }
    expect((await lobby.takeSeat(person(2), { had: foreign })).consumer.name).toBe('subscriber-3')
  })

  it('are dealt again after a reset, each in its place, and a destination that was removed gives way to another', async () => {
    const { rooms } = await scriptRooms()
    const { room } = await rooms.create('hall')
    await room.awake()
    const names: string[] = []
    for (let index = 0; index < 3; index += 1)
      names.push((await room.takeSeat(person(index), {})).consumer.id)
    await room.reset()
    const now = async () => (await room.snapshot()).consumers.filter(({ owner }) => owner !== undefined)
    expect((await now()).map(({ id }) => id).sort()).toEqual([...names].sort())
    expect((await now()).every(({ state }) => state === 'attached')).toBe(true)
    await room.removeDestination('redis:chatroom')
    expect((await now()).map(({ system }) => system).sort()).toEqual(['kafka', 'rabbitmq', 'rabbitmq'])
  })

  it('that somebody removed are dealt anew when their owner asks again', async () => {
    const { lobby } = await scriptRooms()
    const { consumer } = await lobby.takeSeat(mei, {})
    await lobby.removeConsumer(consumer.id)
    await expect(lobby.dropSeat('mei')).rejects.toMatchObject({ code: 'wrong-state' })
    expect((await lobby.takeSeat(mei, {})).consumer.name).toBe('worker-4')
  })
})

describe('seats in a lesson', () => {
  const lesson = { name: 'a-lesson', title: 'A lesson', steps: 1 }
  const scene = { destinations: [{ ...QUEUE, consumers: [{ name: 'worker-1' }] }], load: [] }
  const seated = async (room: Room) =>
    (await room.snapshot()).consumers.flatMap(({ owner }) => (owner === undefined ? [] : [owner.id]))

  it('end when a lesson begins in which people play parts, and none is dealt until it is over', async () => {
    const { rooms } = await scriptRooms()
    const { room } = await rooms.create('hall')
    await room.takeSeat(mei, {})
    await room.openLesson({ ...lesson, scene, parts: ['rabbitmq:jobs:worker-1'] })
    expect(await seated(room)).toEqual([])
    await expect(room.takeSeat(mei, {})).rejects.toMatchObject({ code: 'wrong-state' })
    await room.reset()
    await expect(room.takeSeat(mei, {})).rejects.toMatchObject({ code: 'wrong-state' })
    await room.closeLesson()
    expect((await room.takeSeat(mei, {})).consumer).toMatchObject({ destination: 'jobs', owner: mei })
  })

  it('are dealt again by a lesson that gives everybody a consumer of their own, also after one with parts', async () => {
    const { rooms } = await scriptRooms()
    const { room } = await rooms.create('hall', { lesson: { ...lesson, scene, parts: [] } })
    await room.awake()
    await expect(room.takeSeat(mei, {})).rejects.toMatchObject({ code: 'wrong-state' })
    await room.openLesson({ ...lesson, scene })
    await room.takeSeat(mei, {})
    await room.openLesson({ ...lesson, scene })
    expect(await seated(room)).toEqual(['mei'])
  })

  it('stay as they are when a lesson cannot begin', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('hall')
    await room.awake()
    drivers.rabbitmq.setStatus(LOST)
    await expect(room.openLesson({ ...lesson, scene, parts: [] })).rejects.toMatchObject({
      code: 'broker-down',
    })
    expect((await room.takeSeat(mei, {})).consumer.owner).toEqual(mei)
  })
})

describe('a seat whose owner stays away', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('is given up after half an hour', async () => {
    const { lobby } = await scriptRooms({ idleMs: 10 * SEAT_AWAY_MAX_MS })
    const { release } = await lobby.takeSeat(mei, {})
    release('lost')
    await vi.advanceTimersByTimeAsync(SEAT_AWAY_MAX_MS - 1_000)
    expect(await seatOf(lobby, 'mei')).toMatchObject({ away: true })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await seatOf(lobby, 'mei')).toBeUndefined()
  })
})
