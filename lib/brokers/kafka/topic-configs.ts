import type { Admin } from 'kafkajs'
import type { TopicSettings } from './settings.ts'

/** Kafka's numbers of these names: a resource type, and the source of what was set for this one topic. */
const TOPIC_RESOURCE = 2
const SET_FOR_THE_TOPIC = 1
const MINUTE_MS = 60_000

const RETENTION = 'retention.ms'
const CLEANUP = 'cleanup.policy'

export interface TopicConfig {
  /** How long the topic keeps records: null for ever, undefined when the broker doesn't tell. */
  retentionMs: number | null | undefined
  compacted: boolean
}

type Entry = { name: string; value: string }

async function entriesOf(admin: Admin, topic: string, configNames?: string[]) {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, ...(configNames ? { configNames } : {}) }],
  })
  return resources[0]?.configEntries ?? []
}

export async function configOf(admin: Admin, topic: string): Promise<TopicConfig> {
  const entries = await entriesOf(admin, topic, [RETENTION, CLEANUP])
  const valueNamed = (name: string) => entries.find(({ configName }) => configName === name)?.configValue
  const cleanup = valueNamed(CLEANUP)?.split(',') ?? []
  return { retentionMs: durationIn(valueNamed(RETENTION)), compacted: cleanup.includes('compact') }
}

function durationIn(value: string | undefined): number | null | undefined {
  const ms = Number(value)
  if (value === undefined || value === '' || !Number.isFinite(ms)) return undefined
  return ms < 0 ? null : ms
}

export const retentionOf = async (admin: Admin, topic: string): Promise<number | null | undefined> =>
  (await configOf(admin, topic)).retentionMs

export const retentionAsked = ({ retentionMinutes }: TopicSettings): number | null =>
  retentionMinutes === 0 ? null : retentionMinutes * MINUTE_MS

/** Only what differs from a plain client's topic is set. */
export function entriesAsked(settings: TopicSettings): Entry[] {
  const retentionMs = retentionAsked(settings)
  return [
    ...(settings.cleanup === 'compact' ? [{ name: CLEANUP, value: 'compact' }] : []),
    ...(retentionMs === null ? [] : [{ name: RETENTION, value: String(retentionMs) }]),
  ]
}

/** Sets ours and leaves what others set for the topic: the request replaces everything that was set. */
export async function alterConfig(admin: Admin, topic: string, settings: TopicSettings): Promise<void> {
  const entries = await entriesOf(admin, topic)
  const others = entries
    .filter(({ configSource, configName }) => {
      return configSource === SET_FOR_THE_TOPIC && configName !== RETENTION && configName !== CLEANUP
    })
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }))
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries: [...others, ...entriesAsked(settings)] }],
  })
}
