import { z } from 'zod'
import type { Manifest } from '../contract.ts'
import { recordFact } from './life-facts.ts'
import { logSnippets } from './snippets/index.ts'

/** The broker's minimum (`group.min.session.timeout.ms`), so that a crash is noticed as soon as Kafka allows. */
export const SESSION_TIMEOUT_MS = 6_000
const DEFAULT_PARTITIONS = 3
const MAX_PARTITIONS = 12

export const logDestinationSettings = z.object({
  partitions: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARTITIONS)
    .default(DEFAULT_PARTITIONS)
    .describe('How many logs the topic is split into; order holds within each'),
})

export const logConsumerSettings = z.object({
  from: z
    .enum(['latest', 'earliest'])
    .default('latest')
    .describe('Where a group that never read starts: at the end, or from the beginning'),
})

/** The lobby's own, declared as a plain client would. */
const datascience = {
  name: 'datascience',
  settings: { partitions: DEFAULT_PARTITIONS },
  consumers: [
    { name: 'reader-1', group: 'analytics' },
    { name: 'reader-2', group: 'analytics' },
    { name: 'reader-3', group: 'audit' },
  ],
}

export const manifest: Manifest = {
  id: 'kafka',
  label: 'Kafka',
  defaultPort: 9092,
  urlVariable: 'KAFKA_BROKERS',
  look: { hue: 'kafka', glyph: 'g-kafka' },
  modes: {
    log: {
      noun: 'topic',
      consumerNoun: 'reader',
      can: {
        groups: true,
        settle: false,
        commit: true,
        pause: true,
        crash: true,
        keepsForAbsent: true,
        replay: true,
        deadLetters: false,
        alter: false,
        lossyWithoutListeners: false,
        key: 'partition-key',
        headers: true,
      },
      destinationSettings: logDestinationSettings,
      consumerSettings: logConsumerSettings,
      messageSettings: z.object({}),
      scene: { entry: { word: 'partitioner', shape: 'partitioner' }, store: 'log' },
      starter: datascience,
      snippets: logSnippets,
      fact: recordFact,
      receiptNoun: 'stored',
      publishCommand: 'Produce',
      empty: { strong: 'At the end of the log.', rest: 'You read what is appended from now on.' },
      lacks: { settle: 'Kafka readers commit a position; single messages are not acknowledged.' },
    },
  },
  classic: { mode: 'log', ...datascience },
  crashNoticedAfterMs: SESSION_TIMEOUT_MS,
}
