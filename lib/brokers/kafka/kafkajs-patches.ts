import { createRequire } from 'node:module'
import { type ConfigsEncoder, type ConfigsRequest, incrementalRequest } from './incremental-configs.ts'
import { decodeRecord, encodeRecord, type RecordToEncode } from './records.ts'

/** The only release that these patches are known to fit. */
const KAFKAJS_VERSION = '2.2.4'
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0'

const load = createRequire(import.meta.url)
let patched = false

/** Repairs kafkajs for the whole process, once: request queues that sleep, single changes of settings, faster records. */
export function patchKafkajs(): void {
  if (patched) return
  patched = true
  quietRequestQueues()
  changeSingleSettings()
  if (installedVersion() === KAFKAJS_VERSION) installFastRecords()
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
function installFastRecords(): void {
  replaceModule(`${RECORD}/index.js`, fastEncoder())
  replaceModule(`${RECORD}/decoder.js`, decodeRecord)
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
