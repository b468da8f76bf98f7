import { expect, onTestFinished } from 'vitest'
import { drivers } from '#lib/brokers/drivers.ts'
import type { EventKind, EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'

export const SYSTEMS = ['rabbitmq', 'redis', 'kafka'] as const

/** Short, so that a room falls asleep within a test. */
const IDLE_MS = 1_500
const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Rooms over the real drivers on the real brokers, without sockets or HTTP. */
export async function startRealRooms(): Promise<{ rooms: Rooms; close(): Promise<void> }> {
  const opened = createDisposer()
  const slots = new LocalBrokerSlots()
  for (const system of SYSTEMS) {
    const { createDriver } = await (drivers[system] ?? expect.fail(system))()
    const driver = createDriver({ ...testBrokers()[system], clientName: uniqueName('rooms'), log: silent })
    opened.add(() => driver.close())
    slots.attachDriver(system, driver)
    driver.open()
  }
  const rooms = createRooms({ slots, log: silent, idleMs: IDLE_MS })
  opened.add(() => rooms.close())
  await until('all brokers', async () => (await rooms.health()).status === 'ok')
  return { rooms, close: opened.dispose }
}

export interface OpenRoom {
  room: Room
  events: RoomEvent[]
  of<K extends EventKind>(kind: K): EventOf<K>[]
  stopWatching(): void
}

/** A room of its own, awake and watched, taken away with the test. */
export async function openRoom(rooms: Rooms): Promise<OpenRoom> {
  const name = uniqueName('r').toLowerCase()
  const { room } = await rooms.create(name)
  onTestFinished(() => rooms.remove(name))
  const events: RoomEvent[] = []
  room.onEvent((event) => events.push(event))
  const stopWatching = await room.watch()
  await room.awake()
  const states = (await room.snapshot()).consumers.map(({ id, state }) => `${id} ${state}`)
  expect(states.filter((state) => !state.endsWith(' attached'))).toEqual([])
  const of = <K extends EventKind>(kind: K) =>
    events.filter((event): event is EventOf<K> => event.kind === kind)
  return { room, events, of, stopWatching }
}

export async function addressOf(room: Room, system: string): Promise<string> {
  const { destinations } = await room.snapshot()
  return destinations.find((one) => one.system === system)?.address ?? expect.fail(system)
}
