import { fanoutFacts, groupFacts, logFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { Consumer, Destination, RoomSnapshot } from '#lib/protocol/room.ts'
import type { ScriptedRoom } from '../pictures/scripted-rooms.ts'
import { followedBy, scriptedRooms } from '../pictures/scripted-rooms.ts'

/** How many consumers each lane of a room has, and how long the names and texts in it are. */
interface Plan {
  consumers: number
  /** Names of 38 characters, and a last message of 500 by somebody with as long a name. */
  isLong: boolean
}

const NAMES = { rabbitmq: 'worker', redis: 'subscriber', kafka: 'reader' } as const
type System = keyof typeof NAMES
const SYSTEMS = Object.keys(NAMES) as System[]

const LONG_NAME = 'of-the-billing-archive-in-the-north-west'
const LONG_NAME_CHARS = 38
const LONG_SENDER = 'Wilhelmina Featherstonehaugh-Cholmondeley'.slice(0, 40)
const LONG_TEXT_CHARS = 500
const SHORT_MESSAGES = 5
const PARTITIONS = 3
const EVENT_EVERY_MS = 200

function nameOf(system: System, index: number, { isLong }: Plan): string {
  const name = `${NAMES[system]}-${index + 1}`
  return isLong && index % 2 === 1 ? `${name}-${LONG_NAME}`.slice(0, LONG_NAME_CHARS) : name
}

/** The second half of a log's readers form a second group. */
const groupOf = (index: number, { consumers }: Plan): string =>
  index < consumers / 2 || consumers < 3 ? 'analytics' : 'audit'

function consumersOf(snapshot: RoomSnapshot, plan: Plan): Consumer[] {
  return SYSTEMS.flatMap((system) => {
    const model = snapshot.consumers.find((one) => one.system === system) as Consumer
    return Array.from({ length: plan.consumers }, (_, index): Consumer => {
      const name = nameOf(system, index, plan)
      const group = system === 'kafka' ? { group: groupOf(index, plan) } : {}
      return { ...model, id: `${system}:${model.destination}:${name}`, name, state: 'attached', ...group }
    })
  })
}

const destinationOf = (snapshot: RoomSnapshot, system: System): Destination =>
  snapshot.destinations.find((one) => one.system === system) as Destination

interface Sent {
  number: number
  text: string
  sender: string
}

function sentIn({ isLong }: Plan): Sent[] {
  const short = Array.from({ length: SHORT_MESSAGES }, (_, index) => ({
    number: index + 1,
    text: index % 2 === 0 ? 'Who runs the build?' : '{"seat": 12}',
    sender: 'Ada',
  }))
  if (!isLong) return short
  const words = 'Beginning of a text that goes on for as long as a person may go on who explains something, '
  const text = words.repeat(LONG_TEXT_CHARS).slice(0, LONG_TEXT_CHARS)
  return [...short, { number: SHORT_MESSAGES + 1, text, sender: LONG_SENDER }]
}

/** Who gets a message: one worker, every subscriber, and the owner of its partition in each group. */
function receivers(consumers: readonly Consumer[], system: System, { number }: Sent): Consumer[] {
  const there = consumers.filter((one) => one.system === system)
  if (system === 'redis') return there
  const groups = [...new Set(there.map(({ group }) => group))]
  return groups.flatMap((group) => {
    const members = there.filter((one) => one.group === group)
    return members.slice(number % members.length, (number % members.length) + 1)
  })
}

function addressOf({ address: name }: Destination, system: System, { number }: Sent) {
  if (system === 'redis') return { kind: 'channel', channel: name }
  if (system === 'rabbitmq') {
    return { kind: 'queue', queue: name, exchange: '', routingKey: name, deliveryTag: number }
  }
  const offset = String(Math.floor(number / PARTITIONS))
  return { kind: 'offset', topic: name, partition: number % PARTITIONS, offset }
}

/** The whole life of one message on every system; the last one is still in its worker's hands. */
function lifeOf(snapshot: RoomSnapshot, consumers: readonly Consumer[], sent: Sent, isLast: boolean) {
  const messageId = `message-${sent.number}`
  const { text, sender, number } = sent
  return SYSTEMS.flatMap((system, place) => {
    const destination = destinationOf(snapshot, system)
    const where = { system, destination: destination.name, messageId }
    const address = addressOf(destination, system, sent)
    const to = receivers(consumers, system, sent)
    const content = place === 0 ? { number, text, sender, sentAt: consumers[0]?.since ?? 0 } : {}
    const taken = { kind: 'published', evidence: 'broker', ...where, receiptMs: 4, ...content }
    const receipt = system === 'redis' ? { heardBy: to.length } : system === 'kafka' ? { address } : {}
    const arrivals = to.flatMap(({ name, group }) => {
      const at = { ...where, consumer: name, delivery: number }
      const arrival = { kind: 'delivered', ...at, attempt: 1, redelivered: false, latencyMs: 12, address }
      if (system === 'kafka') return [{ ...arrival, group }]
      if (system === 'redis') return [arrival]
      const inHand = { ...arrival, inHand: true }
      return isLast ? [inHand] : [inHand, { kind: 'acknowledged', ...at }]
    })
    return [{ ...taken, ...receipt }, ...arrivals]
  })
}

/** More waits in the queue than its figure has slots for, and the log's groups stand at different places. */
function factsOf(snapshot: RoomSnapshot, consumers: readonly Consumer[], plan: Plan) {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  const groups = [...new Set(consumers.flatMap(({ group }) => group ?? []))].map((group, index) =>
    groupFacts({
      group,
      state: 'Stable',
      members: [],
      committed: partitions.map((partition) => ({ partition, offset: String(1_230 - 2 * index) })),
      lag: 12 + 6 * index,
    }),
  )
  const facts = {
    rabbitmq: queueFacts({ ready: 1_204, unacked: 7, consumers: plan.consumers, durable: false, outside: 0 }),
    redis: fanoutFacts({ subscribers: plan.consumers, outputBuffers: [], outside: 0 }),
    kafka: logFacts({
      partitions: partitions.map((partition) => ({ partition, low: '0', end: '1234' })),
      groups,
      retentionMs: 604_800_000,
    }),
  }
  return SYSTEMS.map((system) => ({
    kind: 'facts',
    evidence: 'broker',
    system,
    destination: destinationOf(snapshot, system).name,
    facts: facts[system],
  }))
}

function roomOf(quiet: ScriptedRoom, plan: Plan): ScriptedRoom {
  const consumers = consumersOf(quiet.snapshot, plan)
  const snapshot = { ...quiet.snapshot, consumers }
  const sent = sentIn(plan)
  const lives = sent.flatMap((one, index) => lifeOf(snapshot, consumers, one, index === sent.length - 1))
  const events = [...factsOf(snapshot, consumers, plan), ...lives]
  const start = Math.max(...consumers.map(({ since = 0 }) => since))
  return followedBy(
    { snapshot, events: [] },
    events.map((event, index) => ({ ...event, at: start + (index + 1) * EVENT_EVERY_MS })),
  )
}

/** Rooms of few and of many consumers, with short and with long names and texts, by their name in the address. */
export async function roomsToMeasure(): Promise<ReadonlyMap<string, ScriptedRoom>> {
  const quiet = (await scriptedRooms()).get('quiet')
  if (quiet === undefined || quiet === 'silent') throw new Error('there is no quiet room')
  const plans: Record<string, Plan> = {
    'few-short': { consumers: 2, isLong: false },
    'few-long': { consumers: 2, isLong: true },
    'many-long': { consumers: 8, isLong: true },
  }
  return new Map(
    Object.entries(plans).map(([name, plan]) => {
      const { snapshot, events } = roomOf(quiet, plan)
      return [
        name,
        {
          snapshot: { ...snapshot, room: name },
          events: events.map((event) => ({ ...event, room: name })),
        },
      ]
    }),
  )
}
