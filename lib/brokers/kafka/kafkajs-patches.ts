import { createRequire } from 'node:module'
import { decodeRecord, encodeRecord, type RecordToEncode } from './records.ts'

/** The only release that these patches are known to fit. */
const KAFKAJS_VERSION = '2.2.4'
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0'

const load = createRequire(import.meta.url)
let patched = false

/** Repairs kafkajs for the whole process, once: faster records and request queues that sleep. */
export function patchKafkajs(): void {
  if (patched) return
  patched = true
  quietRequestQueues()
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
