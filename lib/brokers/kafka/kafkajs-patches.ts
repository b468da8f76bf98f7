import { createRequire } from 'node:module'
import * as z from 'zod'
import { CODECS, decompress } from './codecs/codecs.ts'
import { type FetchedRecord, recordSetDecoder } from './fetched-records.ts'
import { type ConfigsEncoder, type ConfigsRequest, incrementalRequest } from './incremental-configs.ts'
import { keepRefusal } from './partition-refusals.ts'
import { encodeRecord, type RecordToEncode } from './record-format.ts'

/** The only release that these patches are known to fit. */
const KAFKAJS_VERSION = '2.2.4'
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0'
/** Shared by all versions of the fetch response since Kafka 0.11. */
const RECORD_SETS = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js'
/** Its `parse` is shared by all versions of the fetch response. */
const FETCHED = 'kafkajs/src/protocol/requests/fetch/v0/response.js'
/** Shared by all versions of the produce response since Kafka 0.11. */
const PRODUCED = 'kafkajs/src/protocol/requests/produce/v3/response.js'
const OFFSET_MANAGER = 'kafkajs/src/consumer/offsetManager/index.js'
const OLD_MESSAGES = 'kafkajs/src/protocol/messageSet/decoder.js'
const OLD_CODECS = 'kafkajs/src/protocol/message/compression/index.js'

/** The one codec that kafkajs compresses with. */
const GZIP = 1

const load = createRequire(import.meta.url)
let patched = false

/**
 * Repairs kafkajs for the whole process, once: a record that it cannot decode ends no consumer, records are encoded faster, a topic's
 * settings are changed one by one, and its request queues start no timer while nothing waits in them.
 */
export function patchKafkajs(): void {
  if (patched) return
  patched = true
  quietRequestQueues()
  changeSingleSettings()
  if (installedVersion() !== KAFKAJS_VERSION) return
  installFastEncoder()
  installRecordSets()
  keepRefusedPartitions()
  keepCommittedPositions()
  keepPartitionResults()
}

function installedVersion(): unknown {
  const about: unknown = load('kafkajs/package.json')
  return typeof about === 'object' && about !== null && 'version' in about ? about.version : undefined
}

/**
 * kafkajs allocates a zeroed buffer of 512 bytes for each record and each of its headers, and copies a record's headers
 * once for each header: with the five that CloudEvents asks for, that is two thirds of a message's processor time
 * (docs/decisions/013). It loads its encoder and decoder with its first request, so they are replaced before.
 */
function installFastEncoder(): void {
  replaceModule(`${RECORD}/index.js`, fastEncoder())
}

/**
 * kafkajs knows gzip alone, inflates without a bound, compares no checksum, and fails for ever at what it cannot decode. What
 * it still decodes itself are messages from before record batches, with the same codecs.
 */
function installRecordSets(): void {
  const codecs: unknown = load(OLD_CODECS)
  if (typeof codecs === 'object' && codecs !== null && 'Codecs' in codecs && isTable(codecs.Codecs)) {
    const gzip = codecs.Codecs[GZIP]
    for (const codec of Object.keys(CODECS).map(Number)) {
      const known = codec === GZIP && typeof gzip === 'function' ? gzip() : {}
      codecs.Codecs[codec] = () => ({ ...known, decompress: (bytes: Buffer) => decompress(codec, bytes) })
    }
  }
  const Decoder: unknown = load('kafkajs/src/protocol/decoder.js')
  const decodeOld: unknown = load(OLD_MESSAGES)
  if (typeof Decoder !== 'function' || typeof decodeOld !== 'function') return
  const decoder = recordSetDecoder(
    async (bytes): Promise<FetchedRecord[]> => decodeOld(Reflect.construct(Decoder, [bytes]), bytes.length),
  )
  replaceModule(RECORD_SETS, decoder)
}

const isTable = (value: unknown): value is Record<number, unknown> =>
  typeof value === 'object' && value !== null

/**
 * The broker answers a produce request for each partition; kafkajs throws for the first refusal, without the rest. The error
 * keeps them all, as `produced`, so that nobody has to guess what became of the other partitions.
 */
function keepPartitionResults(): void {
  const response: unknown = load(PRODUCED)
  if (typeof response !== 'object' || response === null || !('parse' in response)) return
  const { parse } = response
  if (typeof parse !== 'function') return
  response.parse = async (data: { topics: unknown }) => {
    try {
      return await parse(data)
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { produced: data.topics }) : error
    }
  }
}

const fetchedSchema = z.object({
  responses: z.array(
    z.object({
      partitions: z.array(
        z.custom<Parameters<typeof keepRefusal>[0]>(
          (value) => typeof value === 'object' && value !== null && 'errorCode' in value,
        ),
      ),
    }),
  ),
})

/** See `partition-refusals.ts`. */
function keepRefusedPartitions(): void {
  const response: unknown = load(FETCHED)
  if (typeof response !== 'object' || response === null || !('parse' in response)) return
  const { parse } = response
  if (typeof parse !== 'function') return
  response.parse = async (data: unknown) => {
    const fetched = fetchedSchema.safeParse(data).data
    for (const { partitions } of fetched?.responses ?? []) partitions.forEach(keepRefusal)
    return parse(data)
  }
}

/**
 * Where a position is out of range, kafkajs commits "the earliest" in its place, and nobody can say any more how much was removed.
 * `Positions.recover` commits the offset at which reading goes on.
 */
function keepCommittedPositions(): void {
  const OffsetManager: unknown = load(OFFSET_MANAGER)
  if (typeof OffsetManager !== 'function') return
  OffsetManager.prototype.setDefaultOffset = async function forgetOffset(
    this: { clearOffsets(of: unknown): void },
    of: unknown,
  ): Promise<void> {
    this.clearOffsets(of)
  }
}

function replaceModule(path: string, replacement: unknown): void {
  load(path)
  const loaded: { exports: unknown } | undefined = load.cache[load.resolve(path)]
  if (loaded && replacement !== undefined) loaded.exports = replacement
}

/** Leaves to kafkajs's own encoder what ours does not cover. */
function fastEncoder(): unknown {
  const Encoder: unknown = load('kafkajs/src/protocol/encoder.js')
  const original: unknown = load(`${RECORD}/index.js`)
  if (typeof Encoder !== 'function' || typeof original !== 'function') return undefined
  return (record: RecordToEncode): unknown => {
    const bytes = encodeRecord(record)
    if (bytes === undefined) return original(record)
    const encoded: { buf: Buffer; offset: number } = Reflect.construct(Encoder, [1])
    encoded.buf = bytes
    encoded.offset = bytes.length
    return encoded
  }
}

const ALTER_CONFIGS = 'kafkajs/src/protocol/requests/alterConfigs'

/**
 * Each version of kafkajs's AlterConfigs, which would take away whatever it does not name, is sent as
 * IncrementalAlterConfigs. Its answer is encoded like AlterConfigs's own of version 0.
 */
function changeSingleSettings(): void {
  const Encoder: unknown = load('kafkajs/src/protocol/encoder.js')
  const response: unknown = load(`${ALTER_CONFIGS}/v0/response.js`)
  const definition: unknown = load(`${ALTER_CONFIGS}/index.js`)
  if (typeof Encoder !== 'function' || typeof definition !== 'object' || definition === null) {
    throw new Error('this kafkajs has no AlterConfigs where it was expected')
  }
  const newEncoder = (): ConfigsEncoder => Reflect.construct(Encoder, [])
  const send = (request: ConfigsRequest) => ({ request: incrementalRequest(newEncoder, request), response })
  Object.assign(definition, { protocol: () => send })
}

const hasPending = (queue: unknown): boolean =>
  !(typeof queue === 'object' && queue !== null && 'pending' in queue) ||
  !Array.isArray(queue.pending) ||
  queue.pending.length > 0

/**
 * kafkajs 2.2.4 wakes every connection that ever sent a request each millisecond, for ever: the timer meant for throttled
 * requests (`scheduleCheckPendingRequests`) is set again even when nothing is pending. Two connections for each reader make
 * that a good part of a core at rest. With nothing pending there is nothing to check, and each response checks again
 * anyway; throttling itself stays.
 */
function quietRequestQueues(): void {
  const RequestQueue: unknown = load('kafkajs/src/network/requestQueue/index.js')
  if (typeof RequestQueue !== 'function') return
  const prototype: Record<string, unknown> = RequestQueue.prototype
  const schedule = prototype.scheduleCheckPendingRequests
  if (typeof schedule !== 'function') return
  prototype.scheduleCheckPendingRequests = function (this: unknown) {
    if (hasPending(this)) schedule.call(this)
  }
}
