import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import {
  AT,
  CHANNEL,
  committed,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  LOG,
  numbered,
  type Place,
  published,
  QUEUE,
  read,
  settled,
  unheard,
} from './event-maker.ts'
import { expectedVerdict } from './verdict-oracle.ts'

/**
 * Random histories of a room as brokers would cause them: sends to destinations of every mode (two of them on one system,
 * as after a switch of modes), deliveries, acknowledgements, pauses, crashes, returns and late joins. At every moment the
 * verdict on each message at each destination is what an oracle says that reads all events again.
 */
const NEWS: Place = { system: 'rabbitmq', destination: 'announcements' }

interface Cell {
  place: Place
  mode: Mode
  members: Array<{ name: string; group?: string }>
}

const CELLS: readonly Cell[] = [
  { place: QUEUE, mode: 'queue', members: [{ name: 'worker-1' }, { name: 'worker-2' }] },
  { place: NEWS, mode: 'fanout', members: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }] },
  { place: CHANNEL, mode: 'fanout', members: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }] },
  {
    place: LOG,
    mode: 'log',
    members: [
      { name: 'reader-1', group: 'analytics' },
      { name: 'reader-2', group: 'analytics' },
      { name: 'reader-3', group: 'audit' },
    ],
  },
]

type Step =
  | { do: 'send'; cell: number }
  | { do: 'deliver'; cell: number; message: number; member: number; acks: boolean }
  | { do: 'turn'; cell: number; member: number; state: ConsumerState }
  | { do: 'join'; cell: number }

const cell = fc.nat({ max: CELLS.length - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send' as const), cell }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      cell,
      message: fc.nat(),
      member: fc.nat(),
      acks: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('turn' as const),
      cell,
      member: fc.nat(),
      state: fc.constantFrom<ConsumerState>('attached', 'paused', 'crashed'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), cell }) },
)

const madeIn = ({ place, mode }: Cell): Draft => {
  const made = destination(place)
  if (made.kind !== 'destination' || made.now === null) throw new Error('it has a destination')
  return { ...made, now: { ...made.now, mode } }
}

interface Sent {
  id: string
  number: number
  at: number
  /** Who has it, by the member's name; where groups share, by the group's. */
  taken: Set<string>
}

/** What a broker remembers of one destination, to cause only what may really happen. */
interface Broker extends Cell {
  states: Map<string, ConsumerState>
  /** When each was last away. */
  awayAt: Map<string, number>
  joined: Map<string, number>
  sent: Sent[]
  /** Delivered by a queue and not acknowledged: it comes again when its worker crashes. */
  inHand: Array<{ name: string; sent: Sent }>
}

function play(steps: readonly Step[]) {
  const brokers = CELLS.map(
    (one): Broker => ({
      ...one,
      members: [...one.members],
      states: new Map(one.members.map(({ name }) => [name, 'attached'])),
      awayAt: new Map(),
      joined: new Map(one.members.map(({ name }) => [name, AT - 1_000])),
      sent: [],
      inHand: [],
    }),
  )
  const drafts: Draft[] = [
    ...CELLS.map(madeIn),
    ...CELLS.flatMap(({ place, members }) =>
      members.map(({ name, group }) =>
        consumer(place, name, 'attached', group === undefined ? {} : { group }, AT - 1_000),
      ),
    ),
  ]
  let at = AT
  let count = 0
  for (const one of steps) {
    at += 1
    const broker = brokers[one.cell]
    if (!broker) continue
    if (one.do === 'send') {
      count += 1
      drafts.push(...send(broker, count, at))
    } else if (one.do === 'deliver') drafts.push(...deliver(broker, one, at, drafts.length))
    else if (one.do === 'turn') drafts.push(...turn(broker, one, at))
    else drafts.push(...join(broker, at))
  }
  return { events: numbered(drafts), count }
}

function send({ place, sent, states }: Broker, number: number, at: number): Draft[] {
  const id = `message-${number}`
  sent.push({ id, number, at, taken: new Set() })
  const isHeard = [...states.values()].some((state) => state !== 'crashed')
  if (place === CHANNEL && !isHeard) return [{ ...unheard(place, id), at, ...content(number) } as Draft]
  return [published(place, id, { ...content(number), at })]
}

function deliver(
  broker: Broker,
  { message, member, acks }: Extract<Step, { do: 'deliver' }>,
  at: number,
  delivery: number,
): Draft[] {
  const { place, mode, sent, members, states, joined, awayAt } = broker
  const chosen = sent[message % Math.max(1, sent.length)]
  const to = members[member % members.length]
  if (!chosen || !to || states.get(to.name) !== 'attached') return []
  const due = mode === 'queue' ? 'all' : (to.group ?? to.name)
  if (chosen.taken.has(due)) return []
  const wasThere = (joined.get(to.name) ?? Infinity) <= chosen.at && (awayAt.get(to.name) ?? 0) <= chosen.at
  if (mode === 'fanout' && !wasThere) return []
  chosen.taken.add(due)
  if (to.group !== undefined) {
    const offset = chosen.number
    return [
      read(chosen.id, to.name, to.group, delivery, [0, offset], { at }),
      { ...committed(to.group, 0, offset + 1), at } as Draft,
    ]
  }
  const inHand = mode === 'queue'
  const arrival = delivered(place, chosen.id, to.name, delivery, { at, inHand })
  if (!inHand) return [arrival]
  if (acks) {
    return [arrival, { ...settled('acknowledged', place, chosen.id, to.name, delivery), at } as Draft]
  }
  broker.inHand.push({ name: to.name, sent: chosen })
  return [arrival]
}

function turn(broker: Broker, { member, state }: Extract<Step, { do: 'turn' }>, at: number): Draft[] {
  const { place, members, states, awayAt, joined, inHand } = broker
  const who = members[member % members.length]
  if (!who) return []
  const before = states.get(who.name)
  if (before === 'crashed' && state === 'paused') return []
  states.set(who.name, state)
  if (state === 'crashed') {
    for (const held of inHand) if (held.name === who.name) held.sent.taken.clear()
    broker.inHand = inHand.filter(({ name }) => name !== who.name)
  }
  // Until it is back it is away; from then on, up to this moment.
  if (before === 'crashed' || state === 'crashed') awayAt.set(who.name, at)
  const more = {
    since: joined.get(who.name) ?? AT,
    ...(who.group === undefined ? {} : { group: who.group }),
  }
  return [consumer(place, who.name, state, more, at)]
}

function join({ place, mode, members, states, joined }: Broker, at: number): Draft[] {
  if (mode === 'log' || members.length > 2) return []
  const name = mode === 'queue' ? 'worker-3' : 'subscriber-3'
  members.push({ name })
  states.set(name, 'attached')
  joined.set(name, at)
  return [consumer(place, name, 'attached', { since: at }, at)]
}

test('every verdict is what an oracle says that reads all events again: crashed, paused and late ones are told apart', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const { events, count } = play(steps)
      const ledger = createLedger()
      const known: RoomEvent[] = []
      for (const event of events) {
        known.push(event)
        ledger.apply(event)
        if (event.at < AT || !('messageId' in event)) continue
        expectVerdicts(ledger, known, count)
      }
      expectVerdicts(ledger, known, count)
    }),
    { numRuns: 200 },
  )
})

function expectVerdicts(
  ledger: ReturnType<typeof createLedger>,
  events: readonly RoomEvent[],
  count: number,
): void {
  for (let number = 1; number <= count; number += 1) {
    const id = `message-${number}`
    if (!ledger.message(id)) continue
    for (const { place, mode } of CELLS) {
      const { verdict } = ledger.trace(place.system, place.destination, id)
      expect(verdict).toMatchObject(expectedVerdict({ events, place, id }, mode))
      if (verdict.kind === 'not-sent') expectWhereItWent(events, place, id, verdict.to)
    }
  }
}

/** A message that is not here went to the other destination of the system, or to another system. */
function expectWhereItWent(
  events: readonly RoomEvent[],
  { system }: Place,
  id: string,
  to: readonly { destination: string }[],
): void {
  const places = new Set(
    events.flatMap((event) =>
      'messageId' in event && event.messageId === id && event.system === system ? [event.destination] : [],
    ),
  )
  expect(to.map(({ destination: name }) => name)).toEqual([...places])
}
