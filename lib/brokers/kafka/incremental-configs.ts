/**
 * IncrementalAlterConfigs (API key 44): changes single settings of a topic, where AlterConfigs, which alone kafkajs knows,
 * replaces all of them and takes away what others set. It is sent through kafkajs's `admin.alterConfigs`, so that it goes to
 * the right broker over the admin's own connection: `kafkajs-patches.ts` encodes the request (kafka.apache.org/protocol).
 */
const INCREMENTAL_ALTER_CONFIGS = 44
/** The first version of the request: later ones hold nothing else, only encoded more tightly. */
const VERSION = 0

export const CONFIG_OPERATION = { SET: 0, DELETE: 1 } as const

export interface ConfigChange {
  name: string
  operation: (typeof CONFIG_OPERATION)[keyof typeof CONFIG_OPERATION]
  /** Null where the operation takes none. */
  value: string | null
}

/** An entry as kafkajs accepts it, with the operation that our encoding of the request adds. */
export interface IncrementalEntry {
  name: string
  value: string
  operation: number
  isNull: boolean
}

/** Changes as entries of `admin.alterConfigs`, which insists that values are texts. */
export const incrementally = (changes: readonly ConfigChange[]): IncrementalEntry[] =>
  changes.map(({ name, operation, value }) => {
    return { name, operation, value: value ?? '', isNull: value === null }
  })

/** The little of kafkajs's encoder that the request needs. */
export interface ConfigsEncoder {
  writeInt8(value: number): ConfigsEncoder
  writeString(value: string | null): ConfigsEncoder
  writeBoolean(value: boolean): ConfigsEncoder
  writeArray(items: readonly ConfigsEncoder[]): ConfigsEncoder
}

export interface ConfigsRequest {
  resources: ReadonlyArray<{ type: number; name: string; configEntries: readonly IncrementalEntry[] }>
  validateOnly?: boolean
}

/** The request as kafkajs sends it. */
export function incrementalRequest(newEncoder: () => ConfigsEncoder, request: ConfigsRequest) {
  const { resources, validateOnly = false } = request
  const entry = ({ name, operation, value, isNull }: IncrementalEntry) =>
    newEncoder()
      .writeString(name)
      .writeInt8(operation)
      .writeString(isNull ? null : value)
  const resource = ({ type, name, configEntries }: ConfigsRequest['resources'][number]) =>
    newEncoder().writeInt8(type).writeString(name).writeArray(configEntries.map(entry))
  return {
    apiKey: INCREMENTAL_ALTER_CONFIGS,
    apiVersion: VERSION,
    apiName: 'IncrementalAlterConfigs',
    encode: async () => newEncoder().writeArray(resources.map(resource)).writeBoolean(validateOnly),
  }
}
