import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type {
  Can,
  Draft,
  FactContext,
  Manifest,
  ModeManifest,
  Preview,
  PreviewContext,
  StepFacts,
} from '../contract.ts'
import { partitionOfKey } from './partitioner.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'
import {
  fanoutConsumerSettings,
  logConsumerSettings,
  messageSettings,
  queueConsumerSettings,
  subscriberGroup,
  topicSettings,
  workerGroup,
} from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets.ts'

/** The broker's minimum (`group.min.session.timeout.ms`), so that a crash is noticed as soon as Kafka allows. */
export const SESSION_TIMEOUT_MS = 6_000
const STARTER_PARTITIONS = 3
/** Each member makes a group's rebalance longer, and each client holds several sockets. */
const SEATS_MAX = 60

const encoder = new TextEncoder()

function partitionsIn(facts: Facts): number | null {
  switch (facts.mode) {
    case 'queue':
    case 'log':
      return facts.partitions.length > 0 ? facts.partitions.length : null
    case 'fanout':
      return facts.partitions
    default:
      return unreachable(facts)
  }
}

/** The partition a key leads to, by the same function that publishing uses; without a key, partitions take turns. */
function preview({ key }: Draft, { settings, facts }: PreviewContext): Preview {
  const asked = typeof settings.partitions === 'number' ? settings.partitions : null
  const partitions = (facts && partitionsIn(facts)) ?? asked
  if (key === '' || partitions === null) return { kind: 'open' }
  return { kind: 'partition', partition: partitionOfKey(encoder.encode(key), partitions) }
}

type Delivered = Extract<StepFacts, { step: 'delivered' }>
type Settled = Extract<StepFacts, { step: 'settled' }>

const positionOf = ({ address }: Pick<Delivered, 'address'>): string =>
  address.kind === 'offset' ? `partition ${address.partition} offset ${address.offset}` : ''

function settled({ how, address, group }: Settled): string | null {
  if (how === 'lost') return 'no Heartbeat within session.timeout.ms'
  if (how !== 'committed' || address.kind !== 'offset') return null
  return `OffsetCommit ${group ?? ''} partition ${address.partition} beyond ${address.offset}`.replace(
    '  ',
    ' ',
  )
}

/** A step of a message's life in the words of Kafka's protocol. */
export function recordFact(step: StepFacts, { address, key }: FactContext): string | null {
  switch (step.step) {
    case 'sent':
      return `Produce ${address} key ${key === null ? 'null' : JSON.stringify(key)}`
    case 'published':
      return step.address?.kind === 'offset' ? positionOf({ address: step.address }) : 'acks all'
    case 'refused':
    case 'returned':
    case 'uncertain':
      return step.reason
    case 'delivered':
      return `Fetch ${positionOf(step)}`
    case 'settled':
      return settled(step)
    case 'ended':
      return step.reason
    default:
      return null
  }
}

/** What a topic can do in every mode. */
const can: Can = {
  groups: false,
  settle: false,
  commit: true,
  pause: true,
  crash: true,
  keepsForAbsent: true,
  replay: true,
  browse: true,
  deadLetters: false,
  alter: true,
  lossyWithoutListeners: false,
  poison: false,
  skip: false,
  key: 'partition-key',
  headers: true,
}

const topic = {
  reservedHeaders: RESERVED_HEADERS,
  noun: 'topic',
  destinationSettings: topicSettings,
  ownUse: ['acks', 'idempotent'],
  messageSettings,
  scene: { entry: { word: 'partitioner', shape: 'partitioner' }, store: 'log' },
  preview,
  fact: recordFact,
  receiptNoun: 'stored',
  whenFrozen:
    'Kafka misses its heartbeats, evicts it after 6 s, and gives its partitions to the others of its group.',
  publishCommand: 'Produce',
  seat: { max: SEATS_MAX },
} satisfies Partial<ModeManifest>

export const SETTLES_NOTHING = 'Kafka readers commit a position; single messages are not acknowledged.'
const SKIPS_NOTHING = 'Those who read here only read and fail at nothing: they seek.'
const deadLetters =
  'Kafka has no dead letters: whoever fails at a message tries it again, and its partition waits.'

const poison =
  'Those who read here only read: a poison message passes like any other. Use the topic as a queue.'

const queue: ModeManifest = {
  ...topic,
  snippets: queueSnippets,
  consumerNoun: 'worker',
  can: { ...can, poison: true, skip: true },
  whenPoisoned:
    'Its worker tries it again and again, and everything behind it in its partition waits, until somebody skips it. The other partitions go on.',
  implicitGroup: workerGroup,
  consumerSettings: queueConsumerSettings,
  starter: {
    name: 'orders',
    settings: { partitions: STARTER_PARTITIONS },
    consumers: [{ name: 'worker-1' }, { name: 'worker-2' }],
  },
  empty: { strong: 'No jobs yet.', rest: 'You get those of your partitions.' },
  lacks: {
    groups: 'All workers of a topic used as a queue are members of one group.',
    settle: SETTLES_NOTHING,
    deadLetters,
  },
}

const fanout: ModeManifest = {
  ...topic,
  snippets: fanoutSnippets,
  consumerNoun: 'subscriber',
  can: { ...can, keepsForAbsent: false, replay: false },
  implicitGroup: subscriberGroup,
  consumerSettings: fanoutConsumerSettings,
  starter: {
    name: 'alerts',
    settings: { partitions: STARTER_PARTITIONS },
    consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
  },
  empty: {
    strong: 'Listening.',
    rest: 'You hear what is sent from now on; the topic keeps it all the same.',
  },
  lacks: {
    groups: 'Every subscriber is a group of its own, so each gets a copy.',
    keepsForAbsent: 'The topic keeps everything, but a subscriber starts at its end each time it joins.',
    replay: 'A subscriber starts at the end of the topic. To read again, use the topic as a log.',
    settle: SETTLES_NOTHING,
    deadLetters: 'Kafka has no dead letters.',
    poison,
    skip: SKIPS_NOTHING,
  },
}

/** The lobby's own topic, declared as a plain client would declare it. */
const datascience = {
  name: 'datascience',
  settings: { partitions: STARTER_PARTITIONS },
  consumers: [
    { name: 'reader-1', group: 'analytics' },
    { name: 'reader-2', group: 'analytics' },
    { name: 'reader-3', group: 'audit' },
  ],
}

const log: ModeManifest = {
  ...topic,
  snippets: logSnippets,
  consumerNoun: 'reader',
  can: { ...can, groups: true },
  consumerSettings: logConsumerSettings,
  startsAtEnd: ({ from }) => from === 'latest',
  starter: datascience,
  empty: { strong: 'At the end of the log.', rest: 'You read what is appended from now on.' },
  lacks: { settle: SETTLES_NOTHING, deadLetters, poison, skip: SKIPS_NOTHING },
}

export const manifest: Manifest = {
  id: 'kafka',
  label: 'Kafka',
  defaultPort: 9092,
  urlVariable: 'KAFKA_BROKERS',
  look: { hue: 'kafka', glyph: 'g-kafka' },
  modes: { queue, fanout, log },
  classic: { mode: 'log', ...datascience },
  // Topics such as `__consumer_offsets`: a reader there would feed itself.
  internalNames: /^__/,
  whenKilled: 'What it confirmed is in its log. Readers go on at their committed offsets.',
  crashNoticedAfterMs: SESSION_TIMEOUT_MS,
}
