import { z } from 'zod'
import type { ModeManifest } from '#lib/brokers/contract.ts'
import { processingSettings } from '#lib/brokers/kit/simulated-processing.ts'
import { queueFact } from './life-facts.ts'
import { queueSnippets } from './snippets/queue.ts'

/** Small enough to see sharing, large enough not to wait for each round trip. */
const DEFAULT_PREFETCH = 10
const MAX_PREFETCH = 1_000
const DEFAULT_CLAIM_IDLE_MS = 5_000
const MIN_CLAIM_IDLE_MS = 500
const MAX_CLAIM_IDLE_MS = 600_000
const MAX_LENGTH = 1_000_000
const MAX_ATTEMPTS = 100

export const maxLength = z
  .number()
  .int()
  .min(0)
  .max(MAX_LENGTH)
  .default(0)
  .describe(
    'The stream keeps this many newest entries (XADD MAXLEN) and drops older ones, read or not; 0 = all',
  )

export const queueDestinationSettings = z.object({
  kind: z
    .enum(['stream', 'list'])
    .default('stream')
    .describe('A stream with one consumer group (XADD, XREADGROUP), or a bare list (LPUSH, BLMOVE)'),
  maxLength,
  claimIdleMs: z
    .number()
    .int()
    .min(MIN_CLAIM_IDLE_MS)
    .max(MAX_CLAIM_IDLE_MS)
    .default(DEFAULT_CLAIM_IDLE_MS)
    .describe('Stream: what a worker holds and has not touched for so many milliseconds, another one claims'),
  maxAttempts: z
    .number()
    .int()
    .min(0)
    .max(MAX_ATTEMPTS)
    .default(0)
    .describe('Stream: after so many attempts a message is given up on; 0 = never'),
  deadLetters: z
    .boolean()
    .default(true)
    .describe('Stream: what is rejected or given up on goes to <name>.dead; off: it is deleted'),
})
export type QueueSettings = z.infer<typeof queueDestinationSettings>

export const queueConsumerSettings = z.object({
  reads: z
    .enum(['queue', 'dead-letters'])
    .default('queue')
    .describe('The queue itself, or what its workers gave up on (streams only)'),
  ackMode: z
    .enum(['automatic', 'manual', 'none'])
    .default('automatic')
    .describe('Acknowledges after its work, leaves it to you, or never (NOACK: handed over is done)'),
  prefetch: z
    .number()
    .int()
    .min(1)
    .max(MAX_PREFETCH)
    .default(DEFAULT_PREFETCH)
    .describe('How many messages it may hold unacknowledged (COUNT)'),
  ...processingSettings,
  onFailure: z
    .enum(['requeue', 'reject'])
    .default('requeue')
    .describe('What it does with a message it failed at: give it back, or give up on it'),
  heartbeat: z
    .boolean()
    .default(true)
    .describe(
      'Stream: keeps telling Redis that it is at work on what it holds; off: slow work is claimed by others',
    ),
})
export type WorkerSettings = z.infer<typeof queueConsumerSettings>

export const queueMode: ModeManifest = {
  noun: 'stream',
  consumerNoun: 'worker',
  can: {
    groups: false,
    settle: true,
    commit: false,
    pause: true,
    crash: true,
    keepsForAbsent: true,
    replay: false,
    deadLetters: true,
    alter: true,
    lossyWithoutListeners: false,
    key: null,
    headers: true,
  },
  destinationSettings: queueDestinationSettings,
  consumerSettings: queueConsumerSettings,
  messageSettings: z.object({}),
  scene: { entry: { word: 'XADD', shape: 'append' }, store: 'queue' },
  snippets: queueSnippets,
  fact: queueFact,
  starter: { name: 'jobs', settings: {}, consumers: [{ name: 'worker-1' }, { name: 'worker-2' }] },
  preview: () => ({ kind: 'open' }),
  receiptNoun: 'stored',
  publishCommand: 'XADD',
  empty: { strong: 'No jobs yet.', rest: 'The next one may be yours.' },
  lacks: {
    replay: 'A worker’s group hands each entry out once: to read a stream again, read it as a log.',
    groups: 'All workers of a Redis queue are one consumer group, which shares the work.',
    commit: 'Redis workers acknowledge each entry; there is no position to commit.',
  },
}

/** A list has no idle times, and no dead letters to read. */
const listConsumerSettings = queueConsumerSettings.omit({ reads: true, heartbeat: true }).extend({
  ackMode: queueConsumerSettings.shape.ackMode.describe(
    'Acknowledges after its work, leaves it to you, or never (BRPOP: handed over is done)',
  ),
  prefetch: queueConsumerSettings.shape.prefetch.describe(
    'How many elements it may hold in its own list, unacknowledged',
  ),
  onFailure: queueConsumerSettings.shape.onFailure.describe(
    'What it does with a message it failed at: to the end of the line, or gone',
  ),
})

/**
 * A queue whose `kind` is `list`: its elements are bare texts without metadata, and what a worker gives up on has nowhere
 * to go.
 */
export const listMode: ModeManifest = {
  ...queueMode,
  noun: 'list',
  can: { ...queueMode.can, deadLetters: false, alter: false, headers: false },
  destinationSettings: queueDestinationSettings.pick({ kind: true }),
  consumerSettings: listConsumerSettings,
  scene: { entry: { word: 'LPUSH', shape: 'append' }, store: 'queue' },
  publishCommand: 'LPUSH',
  lacks: {
    replay: 'An element leaves the list when it is handed out: there is nothing to read again.',
    groups: 'All workers of a Redis list take from the same list.',
    commit: 'Workers of a Redis list acknowledge each element; there is no position to commit.',
    deadLetters: 'A list has no dead letters to read: what is rejected is gone.',
    alter: 'A list is its elements and nothing else: it has no length, attempts or idle times to change.',
    headers: 'An element of a Redis list is its text and nothing else.',
  },
}
