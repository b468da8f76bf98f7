import type { Admin } from 'kafkajs'
import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Declared } from '../contract.ts'
import { brokerCodeOf, failures, isCreationRefused, isTopicMissing } from './failures.ts'
import { CONFIG_OPERATION, type ConfigChange, incrementally } from './incremental-configs.ts'
import { brokerSettings, type TopicSettings } from './settings.ts'

const CREATE_TIMEOUT_MS = 5_000
/** A new topic is not visible everywhere in the broker at once; on a busy machine it takes a second and more. */
const VISIBLE_LIMIT_MS = 5_000
const VISIBLE_RETRY_MS = 50
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Numbers of Kafka's protocol: a resource type, the source of what was set for one topic, and an error. */
const TOPIC_RESOURCE = 2
const SET_FOR_THE_TOPIC = 1
const GROUP_ID_NOT_FOUND = 69
const INVALID_PARTITIONS = 'INVALID_PARTITIONS'
const RETENTION = 'retention.ms'
const CLEANUP = 'cleanup.policy'

/** A topic as the broker has it after a change. */
export interface TopicState {
  declared: Declared
  partitions: number
}

interface TopicConfig {
  /** How long the topic keeps records: null for ever, undefined when the broker doesn't say. */
  retentionMs: number | null | undefined
  /** The broker's default holds, since nobody set it for the topic. */
  isRetentionDefault: boolean
  compacted: boolean
}

/**
 * Creates the topic unless it exists; an existing one is used as it is. `mayBeMade` learns whether it may have been created
 * here, also when this throws the raw error.
 */
export async function declareTopic(
  admin: Admin,
  topic: string,
  asked: TopicSettings,
  mayBeMade: (may: boolean) => void,
): Promise<TopicState> {
  let existing = await partitionsOf(admin, topic)
  if (existing === null && !(await createTopic(admin, topic, asked, mayBeMade))) {
    // Another program was faster.
    existing = await onceVisible(() => countPartitions(admin, topic))
  }
  const partitions = existing ?? (await onceVisible(() => countPartitions(admin, topic)))
  const config = await onceVisible(() => configOf(admin, topic))
  const declared = { traits: traitsOf(partitions, config, asked), existed: existing !== null }
  if (existing === null) return { declared, partitions }
  const differs = differences(partitions, config, asked)
  const settings = settingsOf(partitions, config)
  if (differs.length === 0) return { declared: { ...declared, settings }, partitions }
  const note = `It was there already ${differs.join(', ')}, and is used as it is.`
  return { declared: { ...declared, settings, note }, partitions }
}

/**
 * Changes the settings that are `named`, and nothing else: all others stay as the broker has them. Throws AppError
 * `broker-refused` for partitions that it would have to take away, else the raw error.
 */
export async function alterTopic(
  admin: Admin,
  topic: string,
  asked: TopicSettings,
  named: ReadonlySet<string>,
): Promise<TopicState> {
  if (named.has('partitions')) await setPartitions(admin, topic, asked.partitions)
  const changes = changesAsked(asked, named)
  if (changes.length > 0) {
    const configEntries = incrementally(changes)
    const resources = [{ type: TOPIC_RESOURCE, name: topic, configEntries }]
    await admin.alterConfigs({ validateOnly: false, resources })
  }
  return describeTopic(admin, topic, asked)
}

/** The topic as it is now. Throws the raw error. */
export async function describeTopic(admin: Admin, topic: string, asked: TopicSettings): Promise<TopicState> {
  const partitions = await countPartitions(admin, topic)
  const config = await configOf(admin, topic)
  const settings = settingsOf(partitions, config)
  return { declared: { traits: traitsOf(partitions, config, asked), existed: true, settings }, partitions }
}

/** Deletes the topic; succeeds also when it is gone already. Throws AppError. */
export async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  try {
    if ((await partitionsOf(admin, topic)) !== null) await admin.deleteTopics({ topics: [topic] })
  } catch (error) {
    if (isTopicMissing(error)) return
    throw failures.toAppError(error, `deleting the topic ${topic}`)
  }
}

/** Whether the broker knows the group, with members or without. */
export async function groupExists(admin: Admin, group: string): Promise<boolean> {
  const { groups } = await admin.describeGroups([group])
  return groups.some(({ state }) => state !== 'Dead')
}

/** True once none of them is left; false while one still has members (a crashed one is a member until its eviction). */
export async function deleteGroups(admin: Admin, groups: readonly string[]): Promise<boolean> {
  const results = await Promise.allSettled(groups.map((group) => admin.deleteGroups([group])))
  return results.every((result) => result.status === 'fulfilled' || isGroupGone(result.reason))
}

const deleteFailureSchema = z.object({ groups: z.array(z.object({ errorCode: z.number() })) })

function isGroupGone(error: unknown): boolean {
  const failure = deleteFailureSchema.safeParse(error)
  return failure.success && failure.data.groups.every(({ errorCode }) => errorCode === GROUP_ID_NOT_FOUND)
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

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0
}

/** False when it was there already. */
async function createTopic(
  admin: Admin,
  topic: string,
  settings: TopicSettings,
  mayBeMade: (may: boolean) => void,
): Promise<boolean> {
  mayBeMade(true)
  try {
    const isMade = await admin.createTopics({
      topics: [{ topic, numPartitions: settings.partitions, configEntries: entriesAsked(settings) }],
      waitForLeaders: true,
      timeout: CREATE_TIMEOUT_MS,
    })
    mayBeMade(isMade)
    return isMade
  } catch (error) {
    // It was made, and the leaders that kafkajs then waits for are asked of a broker that does not know it yet.
    if (isTopicMissing(error)) return true
    if (isCreationRefused(error)) mayBeMade(false)
    throw error
  }
}

/** Repeats the request while the broker does not know the topic that it has just created. */
async function onceVisible<T>(ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + VISIBLE_LIMIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isTopicMissing(error) || performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, VISIBLE_RETRY_MS))
    }
  }
}

async function setPartitions(admin: Admin, topic: string, count: number): Promise<void> {
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count }], timeout: CREATE_TIMEOUT_MS })
  } catch (error) {
    if (brokerCodeOf(error) !== INVALID_PARTITIONS) throw error
    const existing = await countPartitions(admin, topic)
    if (existing === count) return
    const words = `Kafka adds partitions and never takes any away: ${topic} has ${existing}.`
    throw new AppError('broker-refused', words, { cause: error, detail: { reason: words } })
  }
  const until = performance.now() + VISIBLE_LIMIT_MS
  while ((await countPartitions(admin, topic)) < count && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, VISIBLE_RETRY_MS))
  }
}

async function configEntries(admin: Admin, topic: string, configNames?: string[]) {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, ...(configNames ? { configNames } : {}) }],
  })
  return resources[0]?.configEntries ?? []
}

async function configOf(admin: Admin, topic: string): Promise<TopicConfig> {
  const entries = await configEntries(admin, topic, [RETENTION, CLEANUP])
  const named = (name: string) => entries.find(({ configName }) => configName === name)
  const retention = named(RETENTION)
  return {
    retentionMs: durationIn(retention?.configValue),
    isRetentionDefault: retention !== undefined && retention.configSource !== SET_FOR_THE_TOPIC,
    compacted: named(CLEANUP)?.configValue.split(',').includes('compact') ?? false,
  }
}

function durationIn(value: string | undefined): number | null | undefined {
  const ms = Number(value)
  if (value === undefined || value === '' || !Number.isFinite(ms)) return undefined
  return ms < 0 ? null : ms
}

/** How long the topic keeps records, in milliseconds; null for ever, or when the broker doesn't say. */
export const retentionOf = async (admin: Admin, topic: string): Promise<number | null> =>
  (await configOf(admin, topic)).retentionMs ?? null

const retentionAsked = ({ retentionMinutes }: TopicSettings): number | null =>
  retentionMinutes === 0 ? null : retentionMinutes * MINUTE_MS

/** Sets only what differs from a plain client's topic. */
function entriesAsked(settings: TopicSettings): Array<{ name: string; value: string }> {
  const retentionMs = retentionAsked(settings)
  return [
    ...(settings.cleanup === 'compact' ? [{ name: CLEANUP, value: 'compact' }] : []),
    ...(retentionMs === null ? [] : [{ name: RETENTION, value: String(retentionMs) }]),
  ]
}

/** A retention of 0 leaves it to the broker's default again. */
function changesAsked(asked: TopicSettings, named: ReadonlySet<string>): ConfigChange[] {
  const changes: ConfigChange[] = []
  if (named.has('cleanup')) {
    changes.push({ name: CLEANUP, operation: CONFIG_OPERATION.SET, value: asked.cleanup })
  }
  if (named.has('retentionMinutes')) {
    const ms = retentionAsked(asked)
    const operation = ms === null ? CONFIG_OPERATION.DELETE : CONFIG_OPERATION.SET
    changes.push({ name: RETENTION, operation, value: ms === null ? null : String(ms) })
  }
  return changes
}

/** The broker's own values, as far as our settings can express them: the traits say the rest. */
function settingsOf(partitions: number, { retentionMs, isRetentionDefault, compacted }: TopicConfig) {
  const retentionMinutes = isRetentionDefault ? 0 : (retentionMs ?? Number.NaN) / MINUTE_MS
  return brokerSettings({ partitions, cleanup: compacted ? 'compact' : 'delete', retentionMinutes })
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

/** "7 days", "36 hours": the largest unit that expresses it exactly. */
export function durationWords(ms: number): string {
  if (ms >= DAY_MS && ms % DAY_MS === 0) return plural(ms / DAY_MS, 'day')
  if (ms >= HOUR_MS && ms % HOUR_MS === 0) return plural(ms / HOUR_MS, 'hour')
  if (ms >= MINUTE_MS && ms % MINUTE_MS === 0) return plural(ms / MINUTE_MS, 'minute')
  return plural(Math.round(ms / 1_000), 'second')
}

function retentionWords({ compacted, retentionMs }: TopicConfig): string[] {
  if (compacted) return ['compacted']
  if (retentionMs === undefined) return []
  return [retentionMs === null ? 'kept for ever' : `kept ${durationWords(retentionMs)}`]
}

function traitsOf(partitions: number, config: TopicConfig, { acks, idempotent }: TopicSettings): string[] {
  const traits = [plural(partitions, 'partition'), ...retentionWords(config)]
  if (acks !== 'all') traits.push(acks === '0' ? 'acks 0: no receipt' : `acks ${acks}`)
  if (!idempotent) traits.push('not idempotent')
  return traits
}

/** In words, how the existing topic differs from what was asked for. */
function differences(partitions: number, config: TopicConfig, asked: TopicSettings): string[] {
  const found: string[] = []
  if (partitions !== asked.partitions) found.push(`with ${plural(partitions, 'partition')}`)
  if (config.compacted !== (asked.cleanup === 'compact'))
    found.push(config.compacted ? 'compacted' : 'not compacted')
  const retentionMs = retentionAsked(asked)
  if (!config.compacted && retentionMs !== null && retentionMs !== config.retentionMs)
    found.push(...retentionWords(config))
  return found
}
