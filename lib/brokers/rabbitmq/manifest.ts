import { z } from 'zod'
import type { Manifest } from '../contract.ts'
import { queueFact } from './life-facts.ts'
import { queueSnippets } from './snippets/queue.ts'

/** Prefetch of a fresh worker: small enough to see sharing, large enough not to wait for each ack's round trip. */
const DEFAULT_PREFETCH = 10

export const queueConsumerSettings = z.object({
  prefetch: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(DEFAULT_PREFETCH)
    .describe('How many deliveries it may hold unacknowledged; 0 = no limit'),
})

/** The lobby's own, declared as a plain client would. */
const mailbox = { name: 'mailbox', settings: {}, consumers: [{ name: 'worker-1' }, { name: 'worker-2' }] }

export const manifest: Manifest = {
  id: 'rabbitmq',
  label: 'RabbitMQ',
  defaultPort: 5672,
  urlVariable: 'RABBITMQ_URL',
  look: { hue: 'rabbit', glyph: 'g-rabbitmq' },
  modes: {
    queue: {
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
        deadLetters: false,
        alter: false,
        lossyWithoutListeners: false,
        key: null,
        headers: true,
      },
      destinationSettings: z.object({}),
      consumerSettings: queueConsumerSettings,
      messageSettings: z.object({}),
      scene: { entry: { word: 'exchange', shape: 'exchange' }, store: 'queue' },
      starter: mailbox,
      snippets: queueSnippets,
      fact: queueFact,
      receiptNoun: 'confirmed',
      publishCommand: 'basic.publish',
      empty: { strong: 'No jobs yet.', rest: 'The next one may be yours.' },
      lacks: {
        replay: 'A RabbitMQ queue forgets a message once it is acknowledged.',
        groups: 'Every worker on a RabbitMQ queue shares the same queue.',
        commit: 'RabbitMQ workers acknowledge each message; there is no position to commit.',
      },
    },
  },
  classic: { mode: 'queue', ...mailbox },
  crashNoticedAfterMs: 0,
}
