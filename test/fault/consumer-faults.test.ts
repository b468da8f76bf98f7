import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { drivers } from '#lib/brokers/drivers.ts'
import { proxiedConnections } from '#lib/faults/consumer-proxy.ts'
import type { EventKind, EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'

const SYSTEMS = ['rabbitmq', 'redis', 'kafka'] as const
const FIRST = { rabbitmq: 'worker-1', redis: 'subscriber-1', kafka: 'reader-1' } as const
const LATENCY_MS = 150
/** RabbitMQ's two heartbeats of 10 s, half of it again, and a busy machine. */
const NOTICED_WITHIN_MS = 60_000
const TEST_TIMEOUT_MS = 120_000
/** More than Redis holds for a subscriber, and the sockets on the way. */
const FLOOD = { count: 7_000, size: 8_192 }

const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let rooms: Rooms
const opened = createDisposer()
beforeAll(async () => {
  const slots = new LocalBrokerSlots()
  for (const system of SYSTEMS) {
    const { createDriver } = await (drivers[system] ?? expect.fail(system))()
    const driver = createDriver({ ...testBrokers()[system], clientName: uniqueName('faults'), log: silent })
    opened.add(() => driver.close())
    slots.attachDriver(system, driver)
    driver.open()
  }
  rooms = createRooms({ slots, log: silent })
  opened.add(() => rooms.close())
  await until('all brokers', async () => (await rooms.health()).status === 'ok')
}, TEST_TIMEOUT_MS)
afterAll(() => opened.dispose())

/** A room of its own with the classic three, watched. */
async function openRoom() {
  const name = uniqueName('r').toLowerCase()
  const { room } = await rooms.create(name)
  onTestFinished(() => rooms.remove(name))
  const events: RoomEvent[] = []
  room.onEvent((event) => events.push(event))
  await room.watch()
  await room.awake()
  const of = <K extends EventKind>(kind: K) =>
    events.filter((event): event is EventOf<K> => event.kind === kind)
  return { room, of }
}

const send = async (room: Room, system: string, text: string) =>
  (await room.publish({ text, to: [{ system }] })).id

test('without a fault no connection goes through a proxy', async () => {
  const { room, of } = await openRoom()
  const ids = await Promise.all(SYSTEMS.map((system) => send(room, system, 'straight')))
  await until('all three to be delivered', () =>
    ids.every((id) => of('delivered').some(({ messageId }) => messageId === id)),
  )
  expect(proxiedConnections()).toBe(0)
})

describe.each(SYSTEMS)('a consumer of %s', (system) => {
  const name = FIRST[system]

  test('behind a slow line gets everything later, and the others as soon as before', async () => {
    const { room, of } = await openRoom()
    await room.faultConsumer(name, { kind: 'slow', latencyMs: LATENCY_MS, jitterMs: 20 }, 'Ada')
    expect(proxiedConnections()).toBeGreaterThan(0)
    const ids = new Set<string>()
    await until('it to get one', async () => {
      ids.add(await send(room, system, `slowly ${ids.size}`))
      return of('delivered').some((event) => event.consumer === name && ids.has(event.messageId))
    })
    const mine = of('delivered').filter((event) => event.consumer === name && ids.has(event.messageId))
    expect(Math.min(...mine.map(({ latencyMs }) => latencyMs ?? 0))).toBeGreaterThanOrEqual(LATENCY_MS - 5)
  })

  test('whose line is cut is lost to its broker by a reset, comes back by itself, straight, and misses nothing that is kept', async () => {
    const { room, of } = await openRoom()
    if (system === 'rabbitmq') {
      await room.updateConsumer('worker-1', { ackMode: 'manual' })
      await room.removeConsumer('worker-2')
    }
    await room.faultConsumer(name, { kind: 'slow', latencyMs: 0, jitterMs: 0 })
    const id = await send(room, system, 'before the cut')
    if (system === 'rabbitmq') {
      await until('it to hold it', () => of('delivered').some(({ messageId }) => messageId === id))
    }
    const seen = of('consumer').length
    await room.faultConsumer(name, { kind: 'cut' }, 'Ada')
    const states = () =>
      of('consumer')
        .slice(seen)
        .filter((event) => event.consumer === name)
        .map(({ now }) => now.state)
    // Kafka's client reconnects within its membership, and stays attached.
    if (system === 'kafka') {
      const ids = new Set<string>()
      await until('it to read on', async () => {
        ids.add(await send(room, system, `after ${ids.size}`))
        return of('delivered').some((event) => event.consumer === name && ids.has(event.messageId))
      })
    } else {
      await until('it to be back', () => states().includes('attaching') && states().at(-1) === 'attached')
    }
    if (system === 'rabbitmq') {
      await until('its redelivery', () =>
        of('delivered').some((event) => event.messageId === id && event.redelivered),
      )
    }
    expect(proxiedConnections()).toBe(0)
    expect(
      of('fault')
        .flatMap(({ made }) => made ?? [])
        .at(-1),
    ).toEqual({
      what: 'cut',
      phase: 'once',
      by: 'Ada',
    })
  })
})

describe('a frozen consumer is noticed', () => {
  test(
    'by RabbitMQ, by its heartbeats: what it held goes to another worker',
    async () => {
      const { room, of } = await openRoom()
      await room.removeConsumer('worker-2')
      await room.updateConsumer('worker-1', { ackMode: 'manual' })
      const id = await send(room, 'rabbitmq', 'held')
      await room.faultConsumer('worker-1', { kind: 'freeze' })
      await room.addConsumer({ system: 'rabbitmq', name: 'heir' })
      await until(
        'its heir to get it',
        () => of('delivered').some((event) => event.messageId === id && event.consumer === 'heir'),
        { timeoutMs: NOTICED_WITHIN_MS },
      )
      await room.faultConsumer('worker-1', { kind: 'none' })
      await until('it to be back', async () =>
        (await room.snapshot()).consumers.some(
          (one) => one.name === 'worker-1' && one.state === 'attached' && one.fault === undefined,
        ),
      )
    },
    TEST_TIMEOUT_MS,
  )

  test(
    'by Kafka, by its session timeout: its partitions go to the others of its group',
    async () => {
      const { room, of } = await openRoom()
      await room.faultConsumer('reader-1', { kind: 'freeze' })
      await until(
        'reader-2 to have all partitions',
        () =>
          of('assignment')
            .findLast(({ group }) => group === 'analytics')
            ?.members.some(({ consumer, partitions }) => consumer === 'reader-2' && partitions.length === 3),
        { timeoutMs: NOTICED_WITHIN_MS },
      )
      const id = await send(room, 'kafka', 'for the others')
      await until('reader-2 to get it', () =>
        of('delivered').some((event) => event.messageId === id && event.consumer === 'reader-2'),
      )
    },
    TEST_TIMEOUT_MS,
  )

  test(
    'by Redis, by its output buffer, and not before that is full; the other subscriber has them all',
    async () => {
      const { room, of } = await openRoom()
      await room.faultConsumer('subscriber-1', { kind: 'freeze' })
      const { id } = await room.startLoad({ system: 'redis', rate: 0, ...FLOOD })
      await until(
        'the load to end',
        async () => (await room.snapshot()).loads.find((one) => one.id === id)?.state === 'done',
        { timeoutMs: NOTICED_WITHIN_MS },
      )
      await until('Redis to have dropped it', async () => {
        const last = await send(room, 'redis', 'heard by one')
        await until('its receipt', () => of('published').some(({ messageId }) => messageId === last))
        return of('published').find(({ messageId }) => messageId === last)?.heardBy === 1
      })
      await room.faultConsumer('subscriber-1', { kind: 'none' })
      await until('it to be back, with a gap', () =>
        of('gap').some(({ consumer }) => consumer === 'subscriber-1'),
      )
    },
    TEST_TIMEOUT_MS,
  )
})
