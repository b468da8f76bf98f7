import { z } from 'zod'

/** Settings that consumers and messages of more than one mode have. */

/** Prefetch of a fresh worker: small enough to see sharing, large enough not to wait for each ack's round trip. */
const DEFAULT_PREFETCH = 10
/** AMQP's prefetch count is 16 bits wide. */
export const PREFETCH_MAX = 65_535
export const TTL_MAX_MS = 86_400_000
const PRIORITY_MAX = 9

/** What all three modes of RabbitMQ say of changing them. */
export const FIXED =
  'RabbitMQ fixes what a destination is when it is made; only policies, set by an operator, change some of it later.'

export const prefetchSetting = z
  .number()
  .int()
  .min(0)
  .max(PREFETCH_MAX)
  .default(DEFAULT_PREFETCH)
  .describe('How many deliveries it may hold unacknowledged; 0 = no limit')

export const ackModeSetting = z
  .enum(['automatic', 'manual', 'none'])
  .default('automatic')
  .describe('Acknowledges after its work; or by your hand; or never, and what it gets counts as done')

export const onFailureSetting = z
  .enum(['requeue', 'reject'])
  .default('requeue')
  .describe('What it does with a message it failed at: back into the queue, or given up')

export const mandatorySetting = z
  .boolean()
  .default(true)
  .describe('Comes back to its sender when it reaches no queue; otherwise it is dropped and confirmed')
export const ttlSetting = z
  .number()
  .int()
  .min(0)
  .max(TTL_MAX_MS)
  .default(0)
  .describe('Expires after waiting this many milliseconds; 0 = never')
export const prioritySetting = z
  .number()
  .int()
  .min(0)
  .max(PRIORITY_MAX)
  .default(0)
  .describe('Overtakes lower ones, where the queue counts priorities')
export const persistentSetting = z
  .enum(['auto', 'persistent', 'transient'])
  .default('auto')
  .describe('Whether it is written to disk; auto: exactly where the queue is durable')
