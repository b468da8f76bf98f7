import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Consumer, RoomSnapshot } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { Recording } from '#lib/recording/format.ts'
import { readRecording } from '#lib/recording/read.ts'

/** A room that is the same every time: what its server would answer to a join, and every event it ever had. */
export interface ScriptedRoom {
  snapshot: RoomSnapshot
  events: readonly RoomEvent[]
}

/** `silent`: the server accepts the connection and never answers a join. */
export type RoomScript = ScriptedRoom | 'silent'

/** The recordings that the pictures show, made once on real brokers. */
export const recordingPath = (name: string): string =>
  join(import.meta.dirname, 'recordings', `${name}.jsonl`)

async function openRecording(name: string): Promise<Recording> {
  const text = await readFile(recordingPath(name), 'utf8')
  const read = await readRecording(text, { yieldNow: async () => undefined })
  if (!read.ok) throw new Error(`${recordingPath(name)}: ${read.fault.code}`)
  return read.recording
}

const replaced = <T extends { id: string }>(list: readonly T[], id: string, next: T | null): T[] => {
  const others = list.filter((one) => one.id !== id)
  if (next === null) return others
  return list.some((one) => one.id === id) ? list.map((one) => (one.id === id ? next : one)) : [...list, next]
}

/** The snapshot after one more event. */
function advance(snapshot: RoomSnapshot, event: RoomEvent): RoomSnapshot {
  const next = { ...snapshot, seq: event.seq }
  switch (event.kind) {
    case 'consumer':
      return {
        ...next,
        consumers: replaced(next.consumers, event.now.id, event.now.removed ? null : event.now),
      }
    case 'destination': {
      const gone = next.destinations.find(
        (one) => one.system === event.system && one.name === event.destination,
      )
      const id = event.now?.id ?? gone?.id ?? ''
      return { ...next, destinations: replaced(next.destinations, id, event.now) }
    }
    case 'broker':
      return {
        ...next,
        brokers: next.brokers.map((one) => (one.system === event.system ? event.now : one)),
      }
    case 'people':
      return { ...next, people: event.people }
    default:
      return 'number' in event && event.number !== undefined
        ? { ...next, number: Math.max(next.number, event.number) }
        : next
  }
}

/** The room as its recording leaves it. Somebody of a fixed name is there, whoever else came and went. */
async function recordedRoom(name: string): Promise<ScriptedRoom> {
  const { header, events } = await openRecording(name)
  const people = [{ id: 'someone', name: 'Ada', colour: 1 }]
  const snapshot = { ...events.reduce(advance, header.snapshot), people, loads: [] }
  return { snapshot, events: events.filter(({ kind }) => kind !== 'people') }
}

/** More events at the room's end; each is given its number, and they follow one another by a second. */
export function followedBy(room: ScriptedRoom, added: readonly object[]): ScriptedRoom {
  const last = room.events.at(-1)
  const events = added.map(
    (event, index) =>
      ({
        epoch: room.snapshot.epoch,
        room: room.snapshot.room,
        seq: room.snapshot.seq + index + 1,
        at: (last?.at ?? 0) + (index + 1) * 1_000,
        evidence: 'client',
        ...event,
      }) as RoomEvent,
  )
  return { snapshot: events.reduce(advance, room.snapshot), events: [...room.events, ...events] }
}

/** Kafka is down and says how to start it, Redis is being tried again, and their consumers wait for them. */
function withBrokersAway(room: ScriptedRoom): ScriptedRoom {
  const at = (room.events.at(-1)?.at ?? 0) + 500
  const statuses: BrokerStatus[] = [
    {
      system: 'kafka',
      status: 'down',
      since: at,
      address: '127.0.0.1:9092',
      reason: { code: 'not-found', text: 'connect ECONNREFUSED 127.0.0.1:9092' },
      hints: [
        { where: 'Docker', command: 'docker compose up -d kafka' },
        { where: 'On this machine', command: 'bin/kafka-server-start.sh config/server.properties' },
      ],
    },
    {
      system: 'redis',
      status: 'connecting',
      since: at,
      address: '127.0.0.1:6379',
      reason: { code: 'lost', text: 'read ECONNRESET' },
      tries: 3,
      nextTryAt: at + 9_000,
    },
  ]
  const waiting = (consumer: Consumer) => ({
    kind: 'consumer',
    system: consumer.system,
    destination: consumer.destination,
    consumer: consumer.name,
    now: { ...consumer, state: 'attaching', reason: 'broker-down' },
  })
  return followedBy(room, [
    ...statuses.map((now) => ({ kind: 'broker', system: now.system, now })),
    ...room.snapshot.consumers.filter(({ system }) => system !== 'rabbitmq').map(waiting),
  ])
}

/** Nothing was ever sent there. */
function withoutMessages(room: ScriptedRoom): ScriptedRoom {
  return { snapshot: { ...room.snapshot, seq: 0, firstSeq: 1, number: 0 }, events: [] }
}

/** Nobody listens on Redis and RabbitMQ, and nothing was ever sent. */
function withoutConsumers(room: ScriptedRoom): ScriptedRoom {
  const { snapshot, events } = withoutMessages(room)
  const consumers = snapshot.consumers.filter(({ system }) => system === 'kafka')
  return { snapshot: { ...snapshot, consumers }, events }
}

/** A room of one page: the recording's room under a name of its own. */
const named = (name: string, room: ScriptedRoom): ScriptedRoom => ({
  snapshot: { ...room.snapshot, room: name },
  events: room.events.map((event) => ({ ...event, room: name })),
})

/** Every room that the pictures show, by its name in the address; any other name is a room that does not exist. */
export async function scriptedRooms(): Promise<ReadonlyMap<string, RoomScript>> {
  const workshop = await recordedRoom('workshop')
  return new Map<string, RoomScript>([
    ['workshop', workshop],
    ['by-hand', await recordedRoom('by-hand')],
    ['away', named('away', withBrokersAway(workshop))],
    ['quiet', named('quiet', withoutMessages(workshop))],
    ['nobody', named('nobody', withoutConsumers(workshop))],
    ['silent', 'silent'],
  ])
}

/** A picture is taken so long after its room's last event: its rates are still those of the last seconds. */
const AFTER_LAST_EVENT_MS = 400

/** The time of day on every picture of a room, Unix time in milliseconds. */
export function momentOf(room: RoomScript | undefined): number {
  const last = room === undefined || room === 'silent' ? undefined : room.events.at(-1)
  return (last?.at ?? Date.UTC(2026, 0, 2, 10, 24, 9)) + AFTER_LAST_EVENT_MS
}
