import type { Admin } from 'kafkajs'
import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { isTopicMissing, toAppError } from './errors.ts'
import { logDestinationSettings } from './manifest.ts'

const CREATE_TIMEOUT_MS = 5_000
/** A topic that was just made is not known everywhere in the broker at once, on a busy machine for a second and more. */
const VISIBLE_LIMIT_MS = 5_000
const VISIBLE_RETRY_MS = 50
/** Kafka's numbers of these names: a resource type, an error code. */
const TOPIC_RESOURCE = 2
const GROUP_ID_NOT_FOUND = 69
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

/** How long the topic keeps records: null for ever, undefined when the broker doesn't tell. */
export async function retentionOf(admin: Admin, topic: string): Promise<number | null | undefined> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: ['retention.ms'] }],
  })
  const value = resources[0]?.configEntries.find(
    ({ configName }) => configName === 'retention.ms',
  )?.configValue
  const retentionMs = Number(value)
  if (value === undefined || value === '' || !Number.isFinite(retentionMs)) return undefined
  return retentionMs < 0 ? null : retentionMs
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

async function createTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  await admin.createTopics({
    topics: [{ topic, numPartitions }],
    waitForLeaders: true,
    timeout: CREATE_TIMEOUT_MS,
  })
}

/** Makes sure that the topic exists; one that does is used as it is. Throws AppError. */
export async function declareTopic(
  admin: Admin,
  spec: DestinationSpec,
): Promise<{ declared: Declared; partitions: number }> {
  const asked = logDestinationSettings.safeParse(spec.settings)
  if (!asked.success)
    throw new AppError('invalid', 'these are no settings of a topic', { cause: asked.error })
  const topic = spec.address
  try {
    const existing = await partitionsOf(admin, topic)
    if (existing === null) await createTopic(admin, topic, asked.data.partitions)
    const partitions = existing ?? (await onceVisible(() => countPartitions(admin, topic)))
    const retentionMs = await onceVisible(() => retentionOf(admin, topic))
    const traits = [plural(partitions, 'partition')]
    if (retentionMs === null) traits.push('kept for ever')
    else if (retentionMs !== undefined) traits.push(`kept ${durationWords(retentionMs)}`)
    const differs = existing !== null && existing !== asked.data.partitions
    const note = `It was there already with ${plural(partitions, 'partition')}, and is used as it is.`
    const declared = { traits, existed: existing !== null }
    return { declared: differs ? { ...declared, note } : declared, partitions }
  } catch (error) {
    throw toAppError(error, `the topic ${topic}`)
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
