import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { WAKE_WAIT_MS } from '#lib/protocol/limits.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { openRoom, startRealRooms } from './support/real-rooms.ts'

/** What is sent while a group comes into being, or is moved, is read by it or said not to be coming. */
const TOPIC = 'datascience'
const ANALYTICS = ['reader-1', 'reader-2']
const SETTLED = ['read', 'position-beyond', 'sent-before-joining']

let rooms: Rooms
let close: () => Promise<void>

beforeAll(async () => {
  ;({ rooms, close } = await startRealRooms())
})
afterAll(() => close())

const idOf = (reader: string) => `kafka:${TOPIC}:${reader}`

async function traceIn(
  room: Room,
  events: readonly RoomEvent[],
  id: string,
  [system, destination] = ['kafka', TOPIC],
) {
  const ledger = createLedger()
  ledger.reset({ ...(await room.snapshot()), seq: 0 })
  ledger.applyAll(events)
  return ledger.trace(system, destination, id)
}

const readersOf = async (room: Room) =>
  (await room.snapshot()).consumers.filter(({ destination }) => destination === TOPIC)

/** In the very moment in which the topic is there: nobody has joined yet. */
const declared = (room: Room) =>
  new Promise<void>((resolve) => {
    const stop = room.onEvent((event) => {
      if (event.kind !== 'destination' || event.destination !== TOPIC || event.now?.state !== 'declared')
        return
      stop()
      resolve()
    })
  })

/** What the one of these readers says of it in whose partition it lies. */
function saidBy(
  readers: readonly string[],
  { cords, ghosts }: Awaited<ReturnType<typeof traceIn>>,
): string | undefined {
  if (readers.some((reader) => cords.has(reader))) return 'read'
  return readers.map((reader) => ghosts.get(reader)?.why).find((why) => why !== 'other-partition')
}

describe('a message sent while the first readers of new groups are still joining', () => {
  it('is read by them if they join in time, and otherwise shown as missed', async () => {
    const name = uniqueName('r').toLowerCase()
    const began = performance.now()
    const { room } = await rooms.create(name)
    onTestFinished(() => rooms.remove(name))
    const events: RoomEvent[] = []
    room.onEvent((event) => events.push(event))
    onTestFinished(await room.watch())
    await declared(room)
    const { id } = await room.publish({ text: 'first', to: [{ system: 'kafka' }] })
    const inTime = performance.now() - began < WAKE_WAIT_MS
    if (inTime) expect((await readersOf(room)).every(({ state }) => state === 'attached')).toBe(true)
    const said = async () => {
      const trace = await traceIn(room, events, id)
      return [ANALYTICS, ['reader-3']].map((group) => saidBy(group, trace) ?? '')
    }
    const ends = inTime ? ['read'] : SETTLED
    await until('both to be settled', async () => (await said()).every((word) => ends.includes(word)))
  })
})

describe('a message that a group will not read', () => {
  it('because the group began after it is not shown as on its way, though others read it later', async () => {
    const { room, events, of } = await openRoom(rooms)
    const readers = [...ANALYTICS, 'reader-3']
    for (const reader of readers) await room.commandConsumer(idOf(reader), 'pause')
    const { id } = await room.publish({ text: 'early', to: [{ system: 'kafka' }] })
    await until('stored', () => of('published').length === 1)
    await room.addConsumer({ system: 'kafka', name: 'late', group: 'fresh' })
    for (const reader of readers) await room.commandConsumer(idOf(reader), 'resume')
    await until('both groups to read', () => of('delivered').length === 2)
    await until(
      'an end to waiting',
      async () => saidBy(['late'], await traceIn(room, events, id)) !== 'waiting',
    )
    const { verdict, ghosts } = await traceIn(room, events, id)
    expect(ghosts.get('late')).toEqual({ why: 'sent-before-joining' })
    expect(verdict).toMatchObject({ kind: 'got', groups: { got: 2, of: 3 }, beyond: ['fresh'] })
  })

  it('because the group sought beyond it is shown as passed by', async () => {
    const { room, events, of } = await openRoom(rooms)
    for (const reader of ANALYTICS) await room.commandConsumer(idOf(reader), 'pause')
    const { id } = await room.publish({ text: 'skipped', to: [{ system: 'kafka' }] })
    await until('audit to read', () => of('delivered').length === 1)
    const said = async () => saidBy(ANALYTICS, await traceIn(room, events, id))
    await until('to wait for them', async () => (await said()) === 'paused')
    for (const reader of ANALYTICS) {
      await room.commandConsumer(idOf(reader), 'seek', { seek: { to: 'latest' } })
    }
    await until('analytics to be past it', async () => (await said()) === 'position-beyond')
    expect((await traceIn(room, events, id)).verdict).toMatchObject({ kind: 'got', beyond: ['analytics'] })
  })
})

describe('a message that a reader without a group was moved beyond', () => {
  it.each(['rabbitmq', 'redis'])('is shown as kept, but not as on its way, on %s', async (system) => {
    const { room, events, of } = await openRoom(rooms)
    const destination = 'journal'
    await room.addDestination({ system, mode: 'log', name: destination })
    await room.addConsumer({ system, destination, name: 'steady' })
    const moved = await room.addConsumer({ system, destination, name: 'moved' })
    await room.commandConsumer(moved.id, 'pause')
    const { id } = await room.publish({ text: 'skipped', to: [{ system, destination }] })
    await until('the other to read', () => of('delivered').length === 1)
    const said = async () => (await traceIn(room, events, id, [system, destination])).ghosts.get('moved')
    await until('to wait for it', async () => (await said())?.why === 'paused')
    await room.commandConsumer(moved.id, 'seek', { seek: { to: 'latest' } })
    await room.commandConsumer(moved.id, 'resume')
    await until('it to be past the message', async () => (await said())?.why === 'position-beyond')
    expect(of('delivered')).toHaveLength(1)
  })
})
