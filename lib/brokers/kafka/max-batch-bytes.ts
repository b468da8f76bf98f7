import type { Admin } from 'kafkajs'

/** Kafka's default of `max.message.bytes`: 1 MiB and the head of a batch. */
const DEFAULT_MAX_BYTES = 1_048_588
const LIMIT = 'max.message.bytes'
/** The number of topics among Kafka's kinds of resources. */
const TOPIC_RESOURCE = 2

/** What the broker takes as one batch of a partition, in bytes. Never rejects: who may not ask gets Kafka's default. */
export async function maxBatchBytes(admin: Admin, topic: string): Promise<number> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: [LIMIT] }],
    })
    const entries = resources[0]?.configEntries ?? []
    const value = Number(entries.find(({ configName }) => configName === LIMIT)?.configValue)
    return value > 0 ? value : DEFAULT_MAX_BYTES
  } catch {
    return DEFAULT_MAX_BYTES
  }
}
