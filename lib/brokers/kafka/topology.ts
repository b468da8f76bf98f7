import type { Admin } from 'kafkajs'
import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { brokerCodeOf, isTopicMissing, toAppError } from './errors.ts'
import { parsedTopic, type TopicSettings } from './settings.ts'
import { alterConfig, configOf, entriesAsked, retentionAsked, type TopicConfig } from './topic-configs.ts'

const CREATE_TIMEOUT_MS = 5_000
/** A topic that was just made is not known everywhere in the broker at once, on a busy machine for a second and more. */
const VISIBLE_LIMIT_MS = 5_000
const VISIBLE_RETRY_MS = 50
/** Kafka's number of that error. */
const GROUP_ID_NOT_FOUND = 69
const INVALID_PARTITIONS = 'INVALID_PARTITIONS'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0
}

/** Null when there is no such topic. */
export async function partitionsOf(admin: Admin, topic: string): Promise<number | null> {
  try {
    return await countPartitions(admin, topic)
  } catch (error) {
    if (isTopicMissing(error)) return null
    throw error
  }
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

/** "7 days", "36 hours": the largest unit that says it exactly. */
export function durationWords(ms: number): string {
  if (ms >= DAY_MS && ms % DAY_MS === 0) return plural(ms / DAY_MS, 'day')
  if (ms >= HOUR_MS && ms % HOUR_MS === 0) return plural(ms / HOUR_MS, 'hour')
  if (ms >= MINUTE_MS && ms % MINUTE_MS === 0) return plural(ms / MINUTE_MS, 'minute')
  return plural(Math.round(ms / 1_000), 'second')
}

/** Asks again while the broker doesn't know the topic yet that it has just made. */
async function onceVisible<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + VISIBLE_LIMIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isTopicMissing(error) || Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, VISIBLE_RETRY_MS))
    }
  }
}

async function createTopic(admin: Admin, topic: string, settings: TopicSettings): Promise<void> {
  await admin.createTopics({
    topics: [{ topic, numPartitions: settings.partitions, configEntries: entriesAsked(settings) }],
    waitForLeaders: true,
    timeout: CREATE_TIMEOUT_MS,
  })
}

function keptWords({ compacted, retentionMs }: TopicConfig): string[] {
  if (compacted) return ['compacted']
  if (retentionMs === undefined) return []
  return [retentionMs === null ? 'kept for ever' : `kept ${durationWords(retentionMs)}`]
}

function traitsOf(partitions: number, config: TopicConfig, { acks, idempotent }: TopicSettings): string[] {
  const traits = [plural(partitions, 'partition'), ...keptWords(config)]
  if (acks !== 'all') traits.push(acks === '0' ? 'acks 0: no receipt' : `acks ${acks}`)
  if (!idempotent) traits.push('not idempotent')
  return traits
}

/** What is there and was not asked for, in words. */
function differences(partitions: number, config: TopicConfig, asked: TopicSettings): string[] {
  const found: string[] = []
  if (partitions !== asked.partitions) found.push(`with ${plural(partitions, 'partition')}`)
  if (config.compacted !== (asked.cleanup === 'compact'))
    found.push(config.compacted ? 'compacted' : 'not compacted')
  const retentionMs = retentionAsked(asked)
  if (!config.compacted && retentionMs !== null && retentionMs !== config.retentionMs)
    found.push(...keptWords(config))
  return found
}

/** Makes sure that the topic exists; one that does is used as it is. Throws AppError. */
export async function declareTopic(
  admin: Admin,
  spec: DestinationSpec,
): Promise<{ declared: Declared; partitions: number }> {
  const asked = parsedTopic(spec.settings)
  const topic = spec.address
  try {
    const existing = await partitionsOf(admin, topic)
    if (existing === null) await createTopic(admin, topic, asked)
    const partitions = existing ?? (await onceVisible(() => countPartitions(admin, topic)))
    const config = await onceVisible(() => configOf(admin, topic))
    const declared = { traits: traitsOf(partitions, config, asked), existed: existing !== null }
    const differs = existing === null ? [] : differences(partitions, config, asked)
    if (differs.length === 0) return { declared, partitions }
    const note = `It was there already ${differs.join(', ')}, and is used as it is.`
    return { declared: { ...declared, note }, partitions }
  } catch (error) {
    throw toAppError(error, `the topic ${topic}`)
  }
}

async function setPartitions(admin: Admin, topic: string, count: number): Promise<void> {
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }], timeout: CREATE_TIMEOUT_MS })
  } catch (error) {
    if (brokerCodeOf(error) !== INVALID_PARTITIONS) throw error
    const there = await countPartitions(admin, topic)
    if (there === count) return
    const words = `Kafka adds partitions and never takes any away: ${topic} has ${there}.`
    throw new AppError('broker-refused', words, { cause: error, detail: { reason: words } })
  }
  const until = Date.now() + VISIBLE_LIMIT_MS
  while ((await countPartitions(admin, topic)) < count && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, VISIBLE_RETRY_MS))
  }
}

/** Changes what is asked otherwise than before; the rest stays as the broker has it. Throws AppError. */
export async function alterTopic(
  admin: Admin,
  spec: DestinationSpec,
  before: TopicSettings,
): Promise<{ declared: Declared; partitions: number }> {
  const asked = parsedTopic(spec.settings)
  const topic = spec.address
  try {
    if (asked.partitions !== before.partitions) await setPartitions(admin, topic, asked.partitions)
    const isOther = JSON.stringify(entriesAsked(asked)) !== JSON.stringify(entriesAsked(before))
    if (isOther) await alterConfig(admin, topic, asked)
    const partitions = await countPartitions(admin, topic)
    const config = await configOf(admin, topic)
    return { declared: { traits: traitsOf(partitions, config, asked), existed: true }, partitions }
  } catch (error) {
    throw toAppError(error, `changing the topic ${topic}`)
  }
}

/** A topic that is gone already is as good as deleted. Throws AppError. */
export async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  try {
    if ((await partitionsOf(admin, topic)) !== null) await admin.deleteTopics({ topics: [topic] })
  } catch (error) {
    if (isTopicMissing(error)) return
    throw toAppError(error, `deleting the topic ${topic}`)
  }
}

/** True once none of them is left; false while one still has members (a crashed one is one until it is evicted). */
export async function deleteGroups(admin: Admin, groups: readonly string[]): Promise<boolean> {
  const results = await Promise.allSettled(groups.map((group) => admin.deleteGroups([group])))
  return results.every((result) => result.status === 'fulfilled' || isGroupGone(result.reason))
}

const deleteFailureSchema = z.object({ groups: z.array(z.object({ errorCode: z.number() })) })

function isGroupGone(error: unknown): boolean {
  const failure = deleteFailureSchema.safeParse(error)
  return failure.success && failure.data.groups.every(({ errorCode }) => errorCode === GROUP_ID_NOT_FOUND)
}
