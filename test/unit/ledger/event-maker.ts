import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { groupFacts, logFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'

/** Events for tests, with everything a test does not care about filled in. `seq` is given by `number`. */
export type Draft = RoomEvent extends infer E ? (E extends RoomEvent ? Omit<E, 'seq'> : never) : never

export const EPOCH = 'epoch-1'
export const AT = 1_700_000_000_000

const base = { epoch: EPOCH, at: AT, room: 'lobby', evidence: 'broker' as const }
export const QUEUE = { system: 'rabbitmq', destination: 'mailbox' }
export const CHANNEL = { system: 'redis', destination: 'chatroom' }
export const LOG = { system: 'kafka', destination: 'datascience' }
export type Place = typeof QUEUE

export const numbered = (drafts: readonly Draft[], first = 1): RoomEvent[] =>
  drafts.map((draft, index) => ({ ...draft, seq: first + index }) as RoomEvent)

type More<K extends RoomEvent['kind']> = Partial<EventOf<K>>

export const published = (place: Place, messageId: string, more: More<'published'> = {}): Draft => ({
  ...base,
  kind: 'published',
  ...place,
  messageId,
  receiptMs: 1,
  ...more,
})

export const receipt = (
  kind: 'refused' | 'uncertain',
  place: Place,
  messageId: string,
  more: More<'refused'> = {},
): Draft => ({ ...base, ...place, messageId, reason: 'because', ...more, kind }) as Draft

export const unheard = (place: Place, messageId: string): Draft => ({
  ...base,
  kind: 'unheard',
  ...place,
  messageId,
  receiptMs: 1,
})

export const returned = (place: Place, messageId: string): Draft => ({
  ...base,
  kind: 'returned',
  ...place,
  messageId,
  reason: 'NO_ROUTE',
  replyCode: 312,
})

export const content = (number: number) => ({
  number,
  text: `text ${number}`,
  sender: 'Quiet Otter',
  sentAt: AT,
})

const addresses = {
  rabbitmq: { kind: 'queue', queue: 'mailbox', exchange: '', routingKey: 'mailbox', deliveryTag: 1 },
  redis: { kind: 'channel', channel: 'chatroom' },
} as const

export const delivered = (
  place: Place,
  messageId: string,
  consumer: string,
  delivery: number,
  more: More<'delivered'> = {},
): Draft => ({
  ...base,
  kind: 'delivered',
  ...place,
  messageId,
  consumer,
  delivery,
  attempt: 1,
  redelivered: false,
  latencyMs: 2,
  ...(place.system === 'redis'
    ? { address: addresses.redis }
    : { address: addresses.rabbitmq, inHand: true }),
  ...more,
})

export const read = (
  messageId: string,
  consumer: string,
  group: string,
  delivery: number,
  [partition, offset]: [number, number],
  more: More<'delivered'> = {},
): Draft =>
  delivered(LOG, messageId, consumer, delivery, {
    group,
    address: { kind: 'offset', topic: 'datascience', partition, offset: String(offset) },
    inHand: false,
    ...more,
  })

export const settled = (
  kind: 'acknowledged' | 'requeued' | 'rejected',
  place: Place,
  messageId: string,
  consumer: string,
  delivery: number,
): Draft => ({ ...base, ...place, messageId, consumer, delivery, kind }) as Draft

export const committed = (group: string, partition: number, upTo: number): Draft => ({
  ...base,
  kind: 'committed',
  ...LOG,
  group,
  partition,
  upTo: String(upTo),
})

export const consumer = (
  place: Place,
  name: string,
  state: Consumer['state'],
  more: Partial<Consumer> = {},
  at = AT,
): Draft => ({
  ...base,
  at,
  kind: 'consumer',
  ...place,
  consumer: name,
  now: {
    id: `${place.system}:${place.destination}:${name}`,
    name,
    ...place,
    settings: {},
    state,
    since: AT - 1_000,
    ...more,
  },
})

const MODES = { rabbitmq: 'queue', redis: 'fanout', kafka: 'log' } as const

export const destination = (place: Place): Draft => ({
  ...base,
  kind: 'destination',
  ...place,
  now: {
    id: `${place.system}:${place.destination}`,
    system: place.system,
    name: place.destination,
    mode: MODES[place.system as keyof typeof MODES],
    address: place.destination,
    settings: {},
    state: 'declared',
    traits: [],
  },
})

export const assignment = (
  group: string,
  phase: 'rebalancing' | 'stable',
  members: Array<{ consumer: string; partitions: number[] }>,
): Draft => ({ ...base, kind: 'assignment', ...LOG, group, phase, generation: 1, members })

export const gap = (more: More<'gap'> = {}): Draft => ({
  ...base,
  kind: 'gap',
  from: null,
  to: null,
  reason: 'not-held',
  ...more,
})

export const fault = (place: Place, more: More<'fault'> = {}): Draft => ({
  ...base,
  kind: 'fault',
  evidence: 'client',
  ...place,
  code: 'broker-refused',
  text: 'READONLY',
  ...more,
})

export const facts = (ready: number, unacked: number, at: number, unackedMaxAgeMs = 0): Draft => ({
  ...base,
  at,
  kind: 'facts',
  ...QUEUE,
  facts: queueFacts({ ready, unacked, unackedMaxAgeMs, consumers: 2, durable: false }),
})

/** What the broker says of the log: how far each group is committed in partition 2. */
export const positions = (committed: Record<string, number | null>, at = AT): Draft => ({
  ...base,
  at,
  kind: 'facts',
  ...LOG,
  facts: logFacts({
    partitions: [{ partition: 2, low: '0', end: '8' }],
    groups: Object.entries(committed).map(([group, offset]) =>
      groupFacts({
        group,
        state: 'Stable',
        members: [],
        committed: [{ partition: 2, offset: offset === null ? null : String(offset) }],
        lag: null,
      }),
    ),
    retentionMs: null,
  }),
})
