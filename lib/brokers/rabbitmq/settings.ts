import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { processingSettings } from '../kit/simulated-processing.ts'

/**
 * Everything that can be set on RabbitMQ, as schemas: destinations, consumers and messages of the three modes. Runs in
 * the browser too.
 */

/** Small enough to see workers share, large enough not to wait for the round trip of each acknowledgement. */
const DEFAULT_PREFETCH = 10
/** On a stream acknowledgements only grant credit: enough of it that a round trip never holds a reader up. */
const DEFAULT_STREAM_PREFETCH = 100
/** AMQP's prefetch count is 16 bits wide. */
const PREFETCH_MAX = 65_535
const TTL_MAX_MS = 86_400_000
const PRIORITY_MAX = 9
const LENGTH_MAX = 1_000_000
/** Each level costs a queue inside the broker; the guide recommends up to 10 (rabbitmq.com/docs/priority). */
const PRIORITY_LEVELS_MAX = 10
const DELIVERIES_MAX = 1_000
/** AMQP's short string holds 255 bytes; a person's routing key is far shorter. */
const BINDING_KEY_MAX_CHARS = 128
const BINDING_HEADERS_MAX_CHARS = 256
const AGE_MAX_HOURS = 8_760
const LENGTH_MAX_BYTES = 10_000_000_000
const OFFSET_MAX_CHARS = 40

/** A whole number from 0, where 0 is the default and means "not set". */
const wholeUpTo = (max: number) => z.number().int().min(0).max(max).default(0)

// Destinations.

export const queueSettings = z.object({
  type: z
    .enum(['classic', 'quorum'])
    .default('classic')
    .describe('Classic: one copy, fast. Quorum: replicated, always durable, counts its deliveries'),
  durable: z.boolean().default(false).describe('The queue itself survives a restart of the broker'),
  messageTtlMs: wholeUpTo(TTL_MAX_MS).describe('What has waited this many milliseconds expires; 0 = never'),
  maxLength: wholeUpTo(LENGTH_MAX).describe('How many messages may wait; 0 = as many as come'),
  overflow: z
    .enum(['drop-head', 'reject-publish'])
    .default('drop-head')
    .describe('When it is full: the oldest goes, or the newest is refused to its sender'),
  maxPriority: wholeUpTo(PRIORITY_LEVELS_MAX).describe(
    'Highest priority that counts, on classic queues; 0 = first in, first out',
  ),
  singleActiveConsumer: z
    .boolean()
    .default(false)
    .describe('One worker at a time gets everything, the others stand by: keeps the order'),
  deliveryLimit: wholeUpTo(DELIVERIES_MAX).describe(
    "Requeued more often than this, a message is given up on; quorum only; 0 = the broker's own limit",
  ),
  deadLetters: z
    .boolean()
    .default(false)
    .describe('Rejected, expired and given-up messages go to a queue of their own instead of away'),
})
export type QueueSettings = z.infer<typeof queueSettings>

export const exchangeSettings = z.object({
  exchange: z
    .enum(['fanout', 'topic', 'direct', 'headers'])
    .default('fanout')
    .describe('By what it routes: nothing (all get it), a pattern, the exact key, or headers'),
  durable: z.boolean().default(false).describe('The exchange survives a restart of the broker'),
  alternateExchange: z
    .boolean()
    .default(false)
    .describe('What no binding takes goes to a queue of its own instead of back to its sender'),
})
export type ExchangeSettings = z.infer<typeof exchangeSettings>

export const streamSettings = z.object({
  maxAgeHours: wholeUpTo(AGE_MAX_HOURS).describe(
    'Older messages may be dropped, a whole segment at a time; 0 = kept',
  ),
  maxLengthBytes: wholeUpTo(LENGTH_MAX_BYTES).describe(
    'Beyond this size the oldest may be dropped, a whole segment at a time; 0 = kept',
  ),
})
export type StreamSettings = z.infer<typeof streamSettings>

// Consumers.

const deliverySettings = {
  ackMode: z
    .enum(['automatic', 'manual', 'none'])
    .default('automatic')
    .describe('Acknowledges after its work; or by your hand; or never, and what it gets counts as done'),
  prefetch: z
    .number()
    .int()
    .min(0)
    .max(PREFETCH_MAX)
    .default(DEFAULT_PREFETCH)
    .describe('How many deliveries it may hold unacknowledged; 0 = no limit'),
  ...processingSettings,
  onFailure: z
    .enum(['requeue', 'reject'])
    .default('requeue')
    .describe('What it does with a message it failed at: back into the queue, or given up'),
}

export const workerSettings = z.object({
  reads: z
    .enum(['queue', 'dead-letters'])
    .default('queue')
    .describe("The queue itself, or the dead letters that its 'dead letters' setting keeps"),
  ...deliverySettings,
})
export type WorkerSettings = z.infer<typeof workerSettings>

export const subscriberSettings = z.object({
  bindingKey: z
    .string()
    .max(BINDING_KEY_MAX_CHARS)
    .default('#')
    .describe('topic: words between dots, * for one of them, # for any; direct: exactly the routing key'),
  headersMatch: z
    .enum(['all', 'any'])
    .default('all')
    .describe('headers: whether all of the headers below must be there, or one of them'),
  bindingHeaders: z
    .string()
    .max(BINDING_HEADERS_MAX_CHARS)
    .default('')
    .describe('headers: what it asks for, as colour=red,size=big'),
  ...deliverySettings,
})
export type SubscriberSettings = z.infer<typeof subscriberSettings>

export const logConsumerSettings = z.object({
  from: z
    .enum(['first', 'last', 'next', 'number', 'timestamp'])
    .default('next')
    .describe('Where it begins: the oldest, the last batch written, only what comes, an offset, or a time'),
  offset: z
    .string()
    .max(OFFSET_MAX_CHARS)
    .default('')
    .describe('The offset, or the time as 2026-11-26T09:30:00Z, where it begins at one of these'),
  prefetch: z
    .number()
    .int()
    .min(1)
    .max(PREFETCH_MAX)
    .default(DEFAULT_STREAM_PREFETCH)
    .describe('How many messages may be on their way to it; a stream asks for a limit'),
  processingMs: processingSettings.processingMs,
})
export type ReaderSettings = z.infer<typeof logConsumerSettings>

// Messages.

const mandatory = z
  .boolean()
  .default(true)
  .describe('Comes back to its sender when it reaches no queue; otherwise it is dropped and confirmed')
const ttlMs = wholeUpTo(TTL_MAX_MS).describe('Expires after waiting this many milliseconds; 0 = never')
const priority = wholeUpTo(PRIORITY_MAX).describe('Overtakes lower ones, where the queue counts priorities')
const persistent = z
  .enum(['auto', 'persistent', 'transient'])
  .default('auto')
  .describe('Whether it is written to disk; auto: exactly where the queue is durable')

export const queueMessageSettings = z.object({ priority, ttlMs, mandatory, persistent })
export const exchangeMessageSettings = z.object({ mandatory, ttlMs, persistent })
export type MessageSettings = z.infer<typeof queueMessageSettings>

const MESSAGE_DEFAULTS: MessageSettings = queueMessageSettings.parse({})

/** Of what a broker has, the values that a person could have chosen. */
export function knownSettings(schema: z.ZodObject, values: Record<string, unknown>): Settings {
  const known: Settings = {}
  for (const [name, value] of Object.entries(values)) {
    const parsedValue = settingValueSchema.safeParse(value)
    const fits = schema.shape[name]?.safeParse(value).success === true
    if (fits && parsedValue.success) known[name] = parsedValue.data
  }
  return known
}

const settingValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** A message's settings; without any, the defaults are not parsed again. Throws AppError `invalid`. */
export const messageSettingsOf = (settings: Settings | undefined): MessageSettings =>
  settings === undefined ? MESSAGE_DEFAULTS : parsed(queueMessageSettings, settings, 'message')

/** Settings parsed, with defaults filled in; `noun` names what they belong to. Throws AppError `invalid`. */
export function parsed<S extends z.ZodType>(schema: S, settings: Settings, noun: string): z.infer<S> {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', `settings of a RabbitMQ ${noun}: ${z.prettifyError(result.error)}`)
}
