import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec } from '../contract.ts'
import { processingSettings } from '../kit/simulated-processing.ts'
import type { TopicPosition } from './partition-offsets.ts'

/** The settings of a topic, of its consumers in each mode, and of one message. */
const DEFAULT_PARTITIONS = 3
const MAX_PARTITIONS = 12
/** A year: beyond any demonstration, below what overflows in milliseconds. */
const MAX_RETENTION_MINUTES = 525_600
const POSITION_MAX_CHARS = 40

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

/** Those of the broker's own values that are settings of ours; a value that no form could show is left out. */
export function brokerSettings(
  values: Pick<TopicSettings, 'partitions' | 'cleanup' | 'retentionMinutes'>,
): Settings {
  const { shape } = topicSettings
  return {
    cleanup: values.cleanup,
    ...(shape.partitions.safeParse(values.partitions).success ? { partitions: values.partitions } : {}),
    ...(shape.retentionMinutes.safeParse(values.retentionMinutes).success && values.retentionMinutes >= 0
      ? { retentionMinutes: values.retentionMinutes }
      : {}),
  }
}

const settingsOfEachMode = {
  isolation: z
    .enum(['read_committed', 'read_uncommitted'])
    .default('read_committed')
    .describe('Whether it sees messages of transactions that were aborted, or are not over'),
  processingMs: processingSettings.processingMs,
}

export const queueConsumerSettings = z.object({
  ...settingsOfEachMode,
  failurePercent: processingSettings.failurePercent.describe(
    'Of a hundred messages, how many it fails at: it tries the same one again, and its partition waits',
  ),
})

export const fanoutConsumerSettings = z.object(settingsOfEachMode)

const positionText = z.string().max(POSITION_MAX_CHARS).default('')

export const logConsumerSettings = z.object({
  from: z
    .enum(['latest', 'earliest', 'offset', 'time'])
    .default('latest')
    .describe('Where a group that never read starts; one that did goes on where it was'),
  offset: positionText.describe('Where it starts in every partition when From is offset, for example 42'),
  time: positionText.describe(
    'When From is time: it starts with the first message written then or later, for example 2026-11-24T09:30:00Z',
  ),
  ...settingsOfEachMode,
})

export const messageSettings = z.object({
  transaction: z
    .enum(['none', 'commit', 'abort'])
    .default('none')
    .describe('Sends it inside a transaction of its own, which is then committed or aborted'),
})

/** What a consumer's settings become in `batch-reader.ts`, in any mode; without a failure rate it is zero. */
export interface ReadSettings {
  readUncommitted: boolean
  processingMs: number
  failurePercent: number
  /** Its processing can fail: a worker's. Readers and subscribers only read. */
  mayFail: boolean
}

/** `what` names it in the error. Throws AppError `invalid`. */
export function parsed<T>(schema: z.ZodType<T>, settings: unknown, what: string): T {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', `these are no settings of a ${what}`, { cause: result.error })
}

/** The settings of a topic. Throws AppError `invalid` with the reason. */
export function parsedTopic(settings: unknown): TopicSettings {
  const topic = parsed(topicSettings, settings, 'topic')
  if (topic.idempotent && topic.acks !== 'all') {
    throw invalid(
      'acks',
      `An idempotent producer needs the word of all replicas: choose acks all, or turn idempotent off for acks ${topic.acks}.`,
    )
  }
  return topic
}

/** The one group of all workers of a topic used as a queue. `destination`: its name, or its address on the broker. */
export const workerGroup = (destination: string): string => `${destination}.workers`
/** The group of one subscriber of a topic used as a fan-out. */
export const subscriberGroup = (destination: string, consumer: string): string => `${destination}.${consumer}`

const invalid = (field: string, words: string) => new AppError('invalid', words, { detail: { field } })

/** What a consumer's mode and settings decide, parsed once when it attaches. */
export interface ConsumerPlan {
  spec: ConsumerSpec & { group: string }
  /** Where a group that never committed starts. */
  from: TopicPosition
  /** It starts there each time it attaches, whatever was committed: what was sent meanwhile is not for it. */
  startsAnew: boolean
  read: ReadSettings
}

/** What the consumer is to do. Throws AppError `invalid` with the reason. */
export function planOf(spec: ConsumerSpec): ConsumerPlan {
  const { address, name, settings } = spec
  switch (spec.mode) {
    case 'queue': {
      const read = readSettingsOf(parsed(queueConsumerSettings, settings, 'worker'))
      const group = spec.group ?? workerGroup(address)
      // What was sent before the first worker came waits for it.
      return { spec: { ...spec, group }, from: { to: 'earliest' }, startsAnew: false, read }
    }
    case 'fanout': {
      const read = readSettingsOf(parsed(fanoutConsumerSettings, settings, 'subscriber'))
      const group = spec.group ?? subscriberGroup(address, name)
      return { spec: { ...spec, group }, from: { to: 'latest' }, startsAnew: true, read }
    }
    case 'log': {
      const { group } = spec
      if (group === undefined) throw new AppError('invalid', 'a reader of a log needs a group')
      const asked = parsed(logConsumerSettings, settings, 'reader')
      const read = readSettingsOf(asked)
      const from: TopicPosition = spec.madeAgain ? { to: 'earliest' } : positionOf(asked)
      return { spec: { ...spec, group }, from, startsAnew: false, read }
    }
    default:
      return unreachable(spec.mode)
  }
}

/** The read settings after a change. Throws AppError `not-capable` for what cannot change while it is attached. */
export function changedSettings(plan: ConsumerPlan, before: ReadSettings, settings: Settings): ReadSettings {
  const { from, read } = planOf({ ...plan.spec, settings })
  if (JSON.stringify(from) !== JSON.stringify(plan.from)) {
    throw new AppError('not-capable', 'where a group starts is settled once it has started')
  }
  if (read.readUncommitted !== before.readUncommitted) {
    throw new AppError('not-capable', 'its isolation is settled for as long as it is attached')
  }
  return read
}

function readSettingsOf(asked: {
  isolation: 'read_committed' | 'read_uncommitted'
  processingMs: number
  failurePercent?: number
}): ReadSettings {
  const { isolation, processingMs, failurePercent = 0 } = asked
  const mayFail = asked.failurePercent !== undefined
  return { readUncommitted: isolation === 'read_uncommitted', processingMs, failurePercent, mayFail }
}

const OFFSET = /^\d{1,18}$/

function positionOf({ from, offset, time }: z.infer<typeof logConsumerSettings>): TopicPosition {
  switch (from) {
    case 'latest':
    case 'earliest':
      return { to: from }
    case 'offset':
      if (!OFFSET.test(offset)) throw invalid('offset', 'from offset needs an offset, such as 42')
      return { to: 'offset', offset }
    case 'time': {
      const at = Date.parse(time)
      if (!(at >= 0)) throw invalid('time', 'from time needs a time, such as 2026-11-24T09:30:00Z')
      return { to: 'time', at }
    }
    default:
      return unreachable(from)
  }
}
