import * as z from 'zod'
import { processingSettings } from '#lib/brokers/kit/simulated-processing.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'

/*
 * What people may choose of a destination and of its consumers, by mode. Settings are parsed where they enter: a
 * destination's in `destination.ts` (a list has none but its kind), a consumer's in `consume.ts`.
 */

/** Small enough to see sharing, large enough not to wait for each round trip. */
export const DEFAULT_PREFETCH = 10
export const MAX_PREFETCH = 1_000
const DEFAULT_CLAIM_IDLE_MS = 5_000
const MIN_CLAIM_IDLE_MS = 500
const MAX_CLAIM_IDLE_MS = 600_000
const MAX_LENGTH = 1_000_000
const MAX_ATTEMPTS = 100

const whole = (min: number, max: number, standard: number) =>
  z.number().int().min(min).max(max).default(standard)

const maxLength = whole(0, MAX_LENGTH, 0).describe(
  'The stream keeps this many newest entries (XADD MAXLEN) and drops older ones, read or not; 0 = all',
)

export const queueDestinationSettings = z.object({
  kind: z
    .enum(['stream', 'list'])
    .default('stream')
    .describe('A stream with one consumer group (XADD, XREADGROUP), or a bare list (LPUSH, BLMOVE)'),
  maxLength,
  claimIdleMs: whole(MIN_CLAIM_IDLE_MS, MAX_CLAIM_IDLE_MS, DEFAULT_CLAIM_IDLE_MS).describe(
    'Stream: after how many milliseconds without being touched what a worker holds is claimed by another one',
  ),
  maxAttempts: whole(0, MAX_ATTEMPTS, 0).describe(
    'Stream: after how many attempts a message is given up on; 0 = never',
  ),
  deadLetters: z
    .boolean()
    .default(true)
    .describe('Stream: what is rejected or given up on goes to <name>.dead; off: it is deleted'),
})
export type QueueSettings = z.infer<typeof queueDestinationSettings>

/** The form of a queue that is a list: the other settings do nothing there. */
export const listDestinationSettings = queueDestinationSettings.pick({ kind: true })

export const queueConsumerSettings = z.object({
  reads: z
    .enum(['queue', 'dead-letters'])
    .default('queue')
    .describe('The queue itself, or what its workers gave up on (streams only)'),
  ackMode: z
    .enum(['automatic', 'manual', 'none'])
    .default('automatic')
    .describe('Acknowledges after its work, leaves it to you, or never (NOACK: handed over is done)'),
  prefetch: whole(1, MAX_PREFETCH, DEFAULT_PREFETCH).describe(
    'How many messages it may hold unacknowledged (COUNT)',
  ),
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

/** A list has no idle times, and no dead letters to read. */
export const listConsumerSettings = queueConsumerSettings.omit({ reads: true, heartbeat: true }).extend({
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

const PATTERN_MAX_CHARS = 128

export const fanoutConsumerSettings = z.object({
  listensTo: z
    .enum(['exact', 'pattern'])
    .default('exact')
    .describe('SUBSCRIBE to the channel itself, or PSUBSCRIBE to all whose names match a pattern'),
  pattern: z
    .string()
    .min(1)
    .max(PATTERN_MAX_CHARS)
    .default('*')
    .describe('With pattern: what follows the channel’s name; * any text, ? one byte, [ab] one of these'),
  processingMs: processingSettings.processingMs.describe(
    'How long it works on each message, in milliseconds; meanwhile it does not read',
  ),
})

export type SubscriberSettings = z.infer<typeof fanoutConsumerSettings>

export const logDestinationSettings = z.object({ maxLength })
export type LogSettings = z.infer<typeof logDestinationSettings>

export const logConsumerSettings = z.object({
  from: z
    .enum(['new', 'beginning', 'id'])
    .default('new')
    .describe(
      'Where it starts: at what is appended from now on, at the oldest entry kept, or after an entry',
    ),
  id: z
    .string()
    .regex(/^(\d{1,20}(-\d{1,20})?)?$/, 'an entry id: 1700000000000-0')
    .default('')
    .describe('With id: it reads what comes after this entry (XREAD), for example 1700000000000-0'),
  processingMs: processingSettings.processingMs,
})
export type ReaderSettings = z.infer<typeof logConsumerSettings>

/** The settings of one kind of destination or consumer. */
export interface SettingsKind<T extends object> {
  schema: z.ZodType<T>
  /** Those that can change while it is in use. Any other change takes another destination, or another consumer. */
  live: ReadonlyArray<keyof T & string>
}

export const QUEUE: SettingsKind<QueueSettings> = {
  schema: queueDestinationSettings,
  live: ['maxLength', 'claimIdleMs', 'maxAttempts', 'deadLetters'],
}
export const LOG: SettingsKind<LogSettings> = { schema: logDestinationSettings, live: ['maxLength'] }
/** Of a list's workers too: what does nothing there is not offered, by `listConsumerSettings`. */
export const WORKER: SettingsKind<WorkerSettings> = {
  schema: queueConsumerSettings,
  live: ['ackMode', 'prefetch', 'processingMs', 'failurePercent', 'onFailure', 'heartbeat'],
}
export const SUBSCRIBER: SettingsKind<SubscriberSettings> = {
  schema: fanoutConsumerSettings,
  live: ['processingMs'],
}
export const READER: SettingsKind<ReaderSettings> = { schema: logConsumerSettings, live: ['processingMs'] }

/** Settings parsed, with defaults. Throws AppError `invalid`. */
export function parsed<T extends object>({ schema }: SettingsKind<T>, settings: Settings): T {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', z.prettifyError(result.error), { detail: { field: 'settings' } })
}

/** `before` with `change` applied. Throws AppError `not-capable` for a setting that is not live, or does not exist. */
export function changed<T extends object>(kind: SettingsKind<T>, before: T, change: Settings): T {
  const values = new Map<string, unknown>(Object.entries(before))
  for (const [name, value] of Object.entries(change)) {
    if (values.get(name) === value || kind.live.some((live) => live === name)) continue
    const why = values.has(name)
      ? `"${name}" cannot change while it is in use`
      : `there is no setting "${name}"`
    throw new AppError('not-capable', why, { detail: { setting: name } })
  }
  return parsed(kind, { ...before, ...change })
}
