import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { workSettings } from '../work.ts'

/** What people may choose of a topic, of its consumers, and of one message. */
const DEFAULT_PARTITIONS = 3
const MAX_PARTITIONS = 12
/** A year: beyond any demonstration, below what overflows in milliseconds. */
const MAX_RETENTION_MINUTES = 525_600
const PLACE_MAX_CHARS = 40

export const topicSettings = z.object({
  partitions: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARTITIONS)
    .default(DEFAULT_PARTITIONS)
    .describe('How many logs the topic is split into; order holds within each. Can grow, never shrink'),
  cleanup: z
    .enum(['delete', 'compact'])
    .default('delete')
    .describe('What leaves it: whatever is too old, or all but the newest of each key'),
  retentionMinutes: z
    .number()
    .int()
    .min(0)
    .max(MAX_RETENTION_MINUTES)
    .default(0)
    .describe(
      'How long it keeps a message where cleanup is delete; 0 = as long as the broker does by default',
    ),
  acks: z
    .enum(['all', '1', '0'])
    .default('all')
    .describe('Whose word the producer waits for: all in-sync replicas, the leader, or nobody'),
  idempotent: z
    .boolean()
    .default(true)
    .describe('The broker drops what the producer repeats; only with acks all'),
})
export type TopicSettings = z.infer<typeof topicSettings>

const readingSettings = {
  isolation: z
    .enum(['read_committed', 'read_uncommitted'])
    .default('read_committed')
    .describe('Whether it sees messages of transactions that were aborted, or are not over'),
  processingMs: workSettings.processingMs,
}

export const queueConsumerSettings = z.object({
  ...readingSettings,
  failurePercent: workSettings.failurePercent.describe(
    'Of a hundred messages, how many it fails at: it tries the same one again, and its partition waits',
  ),
})

export const fanoutConsumerSettings = z.object(readingSettings)

export const logConsumerSettings = z.object({
  from: z
    .enum(['latest', 'earliest', 'offset', 'time'])
    .default('latest')
    .describe('Where a group that never read starts; one that did goes on where it was'),
  offset: z
    .string()
    .max(PLACE_MAX_CHARS)
    .default('')
    .describe('With from offset: the offset, in every partition, such as 42'),
  time: z
    .string()
    .max(PLACE_MAX_CHARS)
    .default('')
    .describe('With from time: the first message at or after it, such as 2026-11-24T09:30:00Z'),
  ...readingSettings,
})

export const messageSettings = z.object({
  transaction: z
    .enum(['none', 'commit', 'abort'])
    .default('none')
    .describe('Sends it inside a transaction of its own, which is then committed or aborted'),
})

/** All that a consumer of any mode may be told, made plain. */
export interface ReadingSettings {
  readUncommitted: boolean
  processingMs: number
  failurePercent: number
}

/** Throws AppError `invalid`. */
export function parsed<T>(schema: z.ZodType<T>, settings: unknown, what: string): T {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', `these are no settings of a ${what}`, { cause: result.error })
}

/** Throws AppError `invalid`, with the reason in words. */
export function parsedTopic(settings: unknown): TopicSettings {
  const topic = parsed(topicSettings, settings, 'topic')
  if (topic.idempotent && topic.acks !== 'all') {
    throw new AppError(
      'invalid',
      `An idempotent producer needs the word of all replicas: choose acks all, or turn idempotent off for acks ${topic.acks}.`,
      { detail: { field: 'acks' } },
    )
  }
  return topic
}
