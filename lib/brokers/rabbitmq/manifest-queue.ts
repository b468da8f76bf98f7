import { z } from 'zod'
import type { ModeManifest } from '../contract.ts'
import { workSettings } from '../work.ts'
import {
  ackModeSetting,
  FIXED,
  mandatorySetting,
  onFailureSetting,
  persistentSetting,
  prefetchSetting,
  prioritySetting,
  TTL_MAX_MS,
  ttlSetting,
} from './consumer-settings.ts'
import { queueFact } from './life-facts.ts'
import { queueSnippets } from './snippets/queue.ts'

const LENGTH_MAX = 1_000_000
/** Each priority level costs a queue of its own inside the broker; its guide recommends up to 10 (rabbitmq.com/docs/priority). */
const PRIORITY_LEVELS_MAX = 10
const DELIVERIES_MAX = 1_000

export const queueSettings = z.object({
  type: z
    .enum(['classic', 'quorum'])
    .default('classic')
    .describe('Classic: one copy, fast. Quorum: replicated, always durable, counts its deliveries'),
  durable: z.boolean().default(false).describe('The queue itself survives a restart of the broker'),
  messageTtlMs: z
    .number()
    .int()
    .min(0)
    .max(TTL_MAX_MS)
    .default(0)
    .describe('What has waited this many milliseconds expires; 0 = never'),
  maxLength: z
    .number()
    .int()
    .min(0)
    .max(LENGTH_MAX)
    .default(0)
    .describe('How many messages may wait; 0 = as many as come'),
  overflow: z
    .enum(['drop-head', 'reject-publish'])
    .default('drop-head')
    .describe('When it is full: the oldest goes, or the newest is refused to its sender'),
  maxPriority: z
    .number()
    .int()
    .min(0)
    .max(PRIORITY_LEVELS_MAX)
    .default(0)
    .describe('Highest priority that counts, on classic queues; 0 = first in, first out'),
  singleActiveConsumer: z
    .boolean()
    .default(false)
    .describe('One worker at a time gets everything, the others stand by: keeps the order'),
  deliveryLimit: z
    .number()
    .int()
    .min(0)
    .max(DELIVERIES_MAX)
    .default(0)
    .describe(
      "Returned more often than this, a message is given up on; quorum only; 0 = the broker's own limit",
    ),
  deadLetters: z
    .boolean()
    .default(false)
    .describe('Rejected, expired and given-up messages go to a queue of their own instead of away'),
})

export const workerSettings = z.object({
  reads: z
    .enum(['queue', 'dead-letters'])
    .default('queue')
    .describe("The queue itself, or the dead letters that its 'dead letters' setting keeps"),
  ackMode: ackModeSetting,
  prefetch: prefetchSetting,
  ...workSettings,
  onFailure: onFailureSetting,
})

const queueMessageSettings = z.object({
  priority: prioritySetting,
  ttlMs: ttlSetting,
  mandatory: mandatorySetting,
  persistent: persistentSetting,
})

/** The lobby's own, declared as a plain client would. */
export const mailbox = {
  name: 'mailbox',
  settings: {},
  consumers: [{ name: 'worker-1' }, { name: 'worker-2' }],
}

export const queueMode: ModeManifest = {
  noun: 'queue',
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
    alter: false,
    lossyWithoutListeners: false,
    key: null,
    headers: true,
  },
  destinationSettings: queueSettings,
  consumerSettings: workerSettings,
  messageSettings: queueMessageSettings,
  scene: { entry: { word: 'exchange', shape: 'exchange' }, store: 'queue' },
  snippets: queueSnippets,
  fact: queueFact,
  starter: mailbox,
  receiptNoun: 'confirmed',
  publishCommand: 'basic.publish',
  empty: { strong: 'No jobs yet.', rest: 'The next one may be yours.' },
  lacks: {
    replay: 'A RabbitMQ queue forgets a message once it is acknowledged.',
    groups: 'Every worker on a RabbitMQ queue shares the same queue.',
    commit: 'RabbitMQ workers acknowledge each message; there is no position to commit.',
    alter: FIXED,
    key: "The default exchange routes by the queue's own name, so a key has nothing to choose.",
  },
}
