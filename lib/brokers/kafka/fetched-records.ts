import { Malformed, TooLarge } from './codecs/bounded-output.ts'
import { CODECS, decompress } from './codecs/codecs.ts'
import { crc32c } from './crc32c.ts'
import { type BatchContext, decodeRecord, readVarint } from './record-format.ts'

/**
 * What a fetch brings of one partition (kafka.apache.org/documentation/#recordbatch), decoded in kafkajs's stead (see
 * `kafkajs-patches.ts`). What cannot be read becomes an unreadable record, so that reading goes on behind it
 * (docs/decisions/022-what-cannot-be-read-is-shown-and-passed.md).
 */

/** Why a record cannot be read, or several that came in one batch: the first one's offset, and how many they are. */
export interface Unreadable {
  reason: string
  offset: string
  records: number
}

type DecodedRecord = ReturnType<typeof decodeRecord>

/** As kafkajs passes a record to its consumers. An unreadable one has the offset of the last record that it stands for. */
export type FetchedRecord = Omit<DecodedRecord, 'headerBytes'> & {
  headerBytes?: DecodedRecord['headerBytes']
  unreadable?: Unreadable
  /** No record at all: it marks how far its batch reaches, whose last records the broker has removed. */
  isFiller?: boolean
}

/** The part of kafkajs's decoder that a record set is read from. One decoder serves one response, with all its partitions. */
interface ResponseDecoder {
  readInt32(): number
  canReadBytes(length: number): boolean
  readBytes(length: number): Buffer | null
}

/** Where the fields of a batch begin, in bytes. */
const AT = {
  length: 8,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const
/** A batch's length counts from here. */
const LENGTH_BEGINS_AT = 12
const MAGIC = 2
const CODEC_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** Kafka's word for a record without a time. */
const NO_TIMESTAMP = '-1'

/** Beyond this, the records of one batch would take more memory than the largest batch itself. */
const BATCH_MAX_RECORDS = 200_000
/** What a decoded record costs beside its bytes, about. */
const RECORD_COST_BYTES = 300
/** How much memory a response may cost once decoded; what is beyond that is left out, and fetched again. */
const RESPONSE_MAX_BYTES = 64 * 1024 * 1024

/** Messages from before record batches, which only brokers before Kafka 4 have: kafkajs decodes one of them, or one wrapper. */
type DecodeOldMessages = (bytes: Buffer) => Promise<FetchedRecord[]>

/** What kafkajs calls for each partition of a response. Never throws for what a program wrote. */
export function recordSetDecoder(
  decodeOld: DecodeOldMessages,
): (decoder: ResponseDecoder) => Promise<FetchedRecord[]> {
  const costs = new WeakMap<ResponseDecoder, number>()
  return async (decoder) => {
    const size = decoder.readInt32()
    if (size <= 0 || !decoder.canReadBytes(size)) return []
    const bytes = decoder.readBytes(size)
    if (bytes === null) return []
    const budget = { cost: costs.get(decoder) ?? 0 }
    const records = await readRecordSet(bytes, decodeOld, budget)
    costs.set(decoder, budget.cost)
    return records
  }
}

export async function readRecordSet(
  set: Buffer,
  decodeOld: DecodeOldMessages,
  budget = { cost: 0 },
): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = []
  for (let at = 0; at + AT.checksum <= set.length && budget.cost < RESPONSE_MAX_BYTES; ) {
    const end = at + LENGTH_BEGINS_AT + set.readInt32BE(at + AT.length)
    // The last batch may be cut off, where the fetch reached its limit.
    if (end > set.length || end <= at + AT.magic) break
    const bytes = set.subarray(at, end)
    const read = bytes.readInt8(AT.magic) < MAGIC ? await readOld(bytes, decodeOld) : await readBatch(bytes)
    for (const record of read.records) records.push(record)
    budget.cost += read.decompressedBytes + read.records.length * RECORD_COST_BYTES
    at = end
  }
  return records
}

interface ReadBatch {
  records: FetchedRecord[]
  decompressedBytes: number
}

async function readBatch(bytes: Buffer): Promise<ReadBatch> {
  if (bytes.length < AT.records)
    return unreadableBatch(bytes, { firstOffset: offsetOf(bytes) }, 'it is cut off')
  const attributes = bytes.readInt16BE(AT.attributes)
  const context = contextOf(bytes, attributes)
  if (context.magicByte !== MAGIC) {
    return unreadableBatch(bytes, context, `its format is not known here: version ${context.magicByte}`)
  }
  if (crc32c(bytes.subarray(AT.attributes)) !== bytes.readUInt32BE(AT.checksum)) {
    return unreadableBatch(bytes, context, 'it is corrupt: its checksum does not match')
  }
  const count = bytes.readInt32BE(AT.count)
  if (count > BATCH_MAX_RECORDS) {
    return unreadableBatch(
      bytes,
      context,
      `it is in a batch of ${count} records, ${BATCH_MAX_RECORDS} at most are read`,
    )
  }
  const codec = attributes & CODEC_MASK
  if (codec === 0) return { records: readRecords(bytes, AT.records, count, context), decompressedBytes: 0 }
  if (CODECS[codec] === undefined) {
    return unreadableBatch(bytes, context, `its codec is not known here: number ${codec}`)
  }
  try {
    const inflated = count > 0 ? await decompress(codec, bytes.subarray(AT.records)) : Buffer.alloc(0)
    return { records: readRecords(inflated, 0, count, context), decompressedBytes: inflated.length }
  } catch (error) {
    if (error instanceof TooLarge || error instanceof Malformed)
      return unreadableBatch(bytes, context, error.message)
    throw error
  }
}

/** What kafkajs keeps of a batch for each of its records. */
function contextOf(bytes: Buffer, attributes: number) {
  return {
    firstOffset: offsetOf(bytes),
    firstTimestamp: bytes.readBigInt64BE(AT.firstTimestamp).toString(),
    partitionLeaderEpoch: bytes.readInt32BE(LENGTH_BEGINS_AT),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
    lastOffsetDelta: bytes.readInt32BE(AT.lastOffsetDelta),
    producerId: bytes.readBigInt64BE(AT.producerId).toString(),
    producerEpoch: bytes.readInt16BE(AT.producerEpoch),
    firstSequence: bytes.readInt32BE(AT.firstSequence),
    maxTimestamp: bytes.readBigInt64BE(AT.maxTimestamp).toString(),
    timestampType: (attributes & LOG_APPEND_TIME) !== 0 ? 1 : 0,
    magicByte: bytes.readInt8(AT.magic),
  }
}

const offsetOf = (bytes: Buffer): string => bytes.readBigInt64BE(0).toString()

/** Each record with its length before it. A batch whose last records were removed ends with a filler. */
function readRecords(buffer: Buffer, from: number, count: number, context: BatchContext): FetchedRecord[] {
  const records: FetchedRecord[] = []
  const bytes = { buffer, offset: from }
  const last = BigInt(context.firstOffset ?? 0) + BigInt(context.lastOffsetDelta ?? 0)
  /** The offset that follows the latest record. */
  let next = BigInt(context.firstOffset ?? 0)
  for (let index = 0; index < count; index += 1) {
    const length = readVarint(bytes)
    const end = bytes.offset + length
    if (length <= 0 || end > buffer.length) {
      const lost = { reason: 'its batch ends before it does', offset: String(next), records: count - index }
      records.push(placeholder(context, last > next ? last : next, lost))
      return records
    }
    const record = readOne(bytes, end, context, next)
    records.push(record)
    next = BigInt(record.offset) + 1n
    bytes.offset = end
  }
  if (next <= last) records.push({ ...placeholder(context, last), isFiller: true })
  return records
}

/** The key of a marker that ends an aborted transaction. */
const ABORT_MARKER = Buffer.alloc(4)
const NO_MARKER = Buffer.alloc(0)

/**
 * kafkajs takes every record with a marker's key for a marker, such as one whose key is the integer 0, and would show what
 * comes behind it in an aborted transaction. It compares a copy of the key, which `Buffer.from` makes of its `valueOf()`.
 */
function distinguishFromMarker(key: Buffer): void {
  if (key.equals(ABORT_MARKER)) Object.defineProperty(key, 'valueOf', { value: () => NO_MARKER })
}

function readOne(
  bytes: { buffer: Buffer; offset: number },
  end: number,
  context: BatchContext,
  next: bigint,
): FetchedRecord {
  try {
    const record = decodeRecord(bytes, context)
    if (record.key && context.inTransaction && !context.isControlBatch) distinguishFromMarker(record.key)
    if (bytes.offset === end) return record
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return placeholder(context, next, {
    reason: 'its fields do not fit its length',
    offset: String(next),
    records: 1,
  })
}

/** Every record of a batch is lost with it: one unreadable record stands for all. */
function unreadableBatch(bytes: Buffer, context: BatchContext, reason: string): ReadBatch {
  const offset = context.firstOffset ?? '0'
  const delta = Math.max(0, context.lastOffsetDelta ?? 0)
  const claimed = bytes.length < AT.records ? 1 : bytes.readInt32BE(AT.count)
  const records = Math.min(Math.max(1, claimed), delta + 1)
  const record = placeholder(context, BigInt(offset) + BigInt(delta), { reason, offset, records })
  return { records: [record], decompressedBytes: 0 }
}

function placeholder(context: BatchContext, offset: bigint, unreadable?: Unreadable): FetchedRecord {
  return {
    magicByte: context.magicByte,
    attributes: 0,
    timestamp: NO_TIMESTAMP,
    offset: String(offset),
    key: null,
    value: null,
    headers: {},
    isControlRecord: false,
    batchContext: context,
    ...(unreadable === undefined ? {} : { unreadable }),
  }
}

/** One old message, or a wrapper of several, whose offset is that of its last one. */
async function readOld(bytes: Buffer, decodeOld: DecodeOldMessages): Promise<ReadBatch> {
  try {
    const records = await decodeOld(bytes)
    const context = { firstOffset: offsetOf(bytes), inTransaction: false }
    // kafkajs asks each message for its batch.
    const withContext = records.map((record) => ({
      ...record,
      batchContext: context,
      isControlRecord: false,
    }))
    return { records: withContext, decompressedBytes: bytes.length }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const offset = offsetOf(bytes)
    return {
      records: [placeholder({}, BigInt(offset), { reason, offset, records: 1 })],
      decompressedBytes: 0,
    }
  }
}
