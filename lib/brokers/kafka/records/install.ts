import { createRequire } from 'node:module'
import { decodeRecord } from './decode.ts'
import { encodeRecord, type RecordToEncode } from './encode.ts'

/** The only release whose records these are known to match byte for byte. */
const KAFKAJS_VERSION = '2.2.4'
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0'

/** The parts of kafkajs's `Encoder` that a batch reads of a record. */
interface Encoded {
  buf: Buffer
  offset: number
}

interface Loaded {
  exports: unknown
}

let done = false

/**
 * Puts a faster encoder and decoder of records in kafkajs's place for them, for the whole process, once. kafkajs makes a
 * zeroed buffer of 512 bytes for each record and each of its headers, and copies a record's headers once for each header:
 * with the five that CloudEvents asks for, two thirds of a message's processor time (docs/decisions/013). It loads both
 * with its first request, so this comes in time at any moment before; another release is left alone.
 */
export function installFastRecords(): void {
  if (done) return
  done = true
  const load = createRequire(import.meta.url)
  const about: unknown = load('kafkajs/package.json')
  if (typeof about !== 'object' || about === null || !('version' in about)) return
  if (about.version !== KAFKAJS_VERSION) return
  replace(load, `${RECORD}/index.js`, () => encoderBeside(load))
  replace(load, `${RECORD}/decoder.js`, () => decodeRecord)
}

function replace(load: NodeJS.Require, path: string, make: () => unknown): void {
  const made = make()
  load(path)
  const loaded: Loaded | undefined = load.cache[load.resolve(path)]
  if (loaded && made !== undefined) loaded.exports = made
}

/** Falls back on the library's own for what the fast one does not cover. */
function encoderBeside(load: NodeJS.Require): unknown {
  const Encoder: unknown = load('kafkajs/src/protocol/encoder.js')
  const original: unknown = load(`${RECORD}/index.js`)
  if (typeof Encoder !== 'function' || typeof original !== 'function') return undefined
  return (record: RecordToEncode): unknown => {
    const bytes = encodeRecord(record)
    if (bytes === undefined) return original(record)
    const encoded: Encoded = Reflect.construct(Encoder, [1])
    encoded.buf = bytes
    encoded.offset = bytes.length
    return encoded
  }
}
