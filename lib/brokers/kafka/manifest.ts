import type { Can, Manifest, ModeManifest } from '../contract.ts'
import { groupOfOne, workersOf } from './groups.ts'
import { recordFact } from './life-facts.ts'
import { preview } from './preview.ts'
import { fanoutConsumerSettings, logConsumerSettings, messageSettings, queueConsumerSettings, topicSettings } from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets/index.ts'

/** The broker's minimum (`group.min.session.timeout.ms`), so that a crash is noticed as soon as Kafka allows. */
export const SESSION_TIMEOUT_MS = 6_000
const STARTER_PARTITIONS = 3

/** What a topic can do whatever it is used for. */
const can: Can = {
  groups: false,
  settle: false,
  commit: true,
  pause: true,
  crash: true,
  keepsForAbsent: true,
  replay: true,
  deadLetters: false,
  alter: true,
  lossyWithoutListeners: false,
  key: 'partition-key',
  headers: true,
}

const topic = {
  noun: 'topic',
  destinationSettings: topicSettings,
  messageSettings,
  scene: { entry: { word: 'partitioner', shape: 'partitioner' }, store: 'log' },
  preview,
  fact: recordFact,
  receiptNoun: 'stored',
  publishCommand: 'Produce',
} satisfies Partial<ModeManifest>

const settle = 'Kafka readers commit a position; single messages are not acknowledged.'
const deadLetters =
  'Kafka has no dead letters: whoever fails at a message tries it again, and its partition waits.'

const queue: ModeManifest = {
  ...topic,
  snippets: queueSnippets,
  consumerNoun: 'worker',
  can,
  implicitGroup: workersOf,
  consumerSettings: queueConsumerSettings,
  starter: {
    name: 'orders',
    settings: { partitions: STARTER_PARTITIONS },
    consumers: [{ name: 'worker-1' }, { name: 'worker-2' }],
  },
  empty: { strong: 'No jobs yet.', rest: 'You get those of your partitions.' },
  lacks: {
    groups: 'All workers of a topic used as a queue are members of one group.',
    settle,
    deadLetters,
  },
}

const fanout: ModeManifest = {
  ...topic,
  snippets: fanoutSnippets,
  consumerNoun: 'subscriber',
  can: { ...can, keepsForAbsent: false, replay: false },
  implicitGroup: groupOfOne,
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
    settle,
    deadLetters: 'Kafka has no dead letters.',
  },
}

/** The lobby's own, declared as a plain client would. */
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
  lacks: { settle, deadLetters },
}

export const manifest: Manifest = {
  id: 'kafka',
  label: 'Kafka',
  defaultPort: 9092,
  urlVariable: 'KAFKA_BROKERS',
  look: { hue: 'kafka', glyph: 'g-kafka' },
  modes: { queue, fanout, log },
  classic: { mode: 'log', ...datascience },
  crashNoticedAfterMs: SESSION_TIMEOUT_MS,
}
