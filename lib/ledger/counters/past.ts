import type { Standing } from '#lib/protocol/events.ts'
import {
  hasNumber,
  type NumberRuns,
  numbersAfter,
  runsOf,
  sizeOf,
  withoutNumber,
} from '#lib/util/number-runs.ts'
import type { Bucket } from '../model/counters.ts'
import type { DestinationRecord, Life, Pane, Past, PastChunk } from '../model/records.ts'

/**
 * Remembers messages that are no longer held, by their number: where each counts, how many had passed before it, and who
 * received it. A few bytes each, so that a count stays right however many messages have gone by, and a message that comes
 * again is not counted twice.
 */

/** Numbers are remembered in chunks of 4,096. */
const CHUNK_BITS = 12
const CHUNK = 1 << CHUNK_BITS
const IN_CHUNK = CHUNK - 1
const BITS_PER_BYTE = 8
/** 131,072 numbers: more than the room recognises (SENT_TABLE_MAX). What is older comes again as a message from outside. */
const CHUNKS_MAX = 32

/** The code of a bucket is its place here, counted from 1; 0: nothing is remembered. */
const BUCKETS: readonly Bucket[] = ['seen', 'waiting', 'lost', 'unknown', 'moved', 'refused', 'outside']
const codeOf = (bucket: Bucket): number => BUCKETS.indexOf(bucket) + 1
const WAITING = codeOf('waiting')
const UNKNOWN = codeOf('unknown')

export const newPast = (): Past => ({
  chunks: new Map(),
  waiting: 0,
  newestWaitingAt: Number.NEGATIVE_INFINITY,
  uncharted: 0,
  unchartedReceipts: null,
  unchartedEnded: null,
})

export const copyPast = (past: Past): Past => ({
  ...past,
  chunks: new Map(
    Array.from(past.chunks, ([key, { buckets, passNumbers, receiptNumbers }]) => [
      key,
      {
        buckets: buckets.slice(),
        passNumbers: passNumbers?.slice() ?? null,
        receiptNumbers: receiptNumbers?.slice() ?? null,
      },
    ]),
  ),
})

export const copyReceived = (received: Pane['received']): Pane['received'] =>
  new Map(Array.from(received, ([key, bits]) => [key, bits.slice()]))

function addChunk<T>(chunks: Map<number, T>, key: number, chunk: T): T {
  chunks.set(key, chunk)
  if (chunks.size > CHUNKS_MAX) chunks.delete(Math.min(...chunks.keys()))
  return chunk
}

const newChunk = (): PastChunk => ({
  buckets: new Uint8Array(CHUNK),
  passNumbers: null,
  receiptNumbers: null,
})

function markReceived({ received }: Pane, number: number): void {
  const key = number >>> CHUNK_BITS
  const bits = received.get(key) ?? addChunk(received, key, new Uint8Array(CHUNK / BITS_PER_BYTE))
  const at = number & IN_CHUNK
  bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7))
}

export function hadReceived({ received }: Pane, number: number): boolean {
  const bits = received.get(number >>> CHUNK_BITS)
  const at = number & IN_CHUNK
  return bits !== undefined && ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
}

/** Remembers a life that is let go of. `writtenAt`: when the broker took it, which tells whether it waits still. */
export function remember(life: Life, writtenAt: number): void {
  const { bucket, passNumber, receiptNumber } = life
  const { past, modeManifest } = life.destination
  const { number } = life.message.content
  if (bucket === null || number === null) return
  const key = number >>> CHUNK_BITS
  const chunk = past.chunks.get(key) ?? addChunk(past.chunks, key, newChunk())
  const at = number & IN_CHUNK
  chunk.buckets[at] = codeOf(bucket)
  if (passNumber > 0) chunk.passNumbers ??= new Uint32Array(CHUNK)
  if (chunk.passNumbers) chunk.passNumbers[at] = passNumber
  if (bucket === 'waiting' && modeManifest?.can.keepsForAbsent === false) {
    chunk.receiptNumbers ??= new Uint32Array(CHUNK)
    chunk.receiptNumbers[at] = receiptNumber
  }
  if (bucket === 'waiting') {
    past.waiting += 1
    past.newestWaitingAt = Math.max(past.newestWaitingAt, writtenAt)
  }
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) markReceived(arrival.pane, number)
}

/** What is remembered of a message here; null where nothing is. */
export function recall(
  { past }: DestinationRecord,
  number: number,
): { bucket: Bucket; passNumber: number; receiptNumber: number } | null {
  if (past.chunks.size === 0) return null
  const chunk = past.chunks.get(number >>> CHUNK_BITS)
  if (chunk === undefined) return null
  const at = number & IN_CHUNK
  const bucket = BUCKETS[(chunk.buckets[at] ?? 0) - 1]
  if (bucket === undefined) return null
  const receiptNumber = bucket === 'waiting' ? (chunk.receiptNumbers?.[at] ?? 0) : 0
  return { bucket, passNumber: chunk.passNumbers?.[at] ?? 0, receiptNumber }
}

/** A message that is remembered is held again, and counts by what is known of it from now on. */
export function takeBack({ past }: DestinationRecord, number: number, bucket: Bucket): void {
  const chunk = past.chunks.get(number >>> CHUNK_BITS)
  if (chunk) chunk.buckets[number & IN_CHUNK] = 0
  if (bucket === 'waiting') past.waiting -= 1
}

/**
 * The same for one that only the server has counted, in `bucket`; returns where it counts here. A wait may have ended here
 * since, with those of all others.
 */
export function takeUncharted(
  { past }: DestinationRecord,
  { bucket, receiptNumber }: Pick<Standing, 'bucket' | 'receiptNumber'>,
): Bucket {
  if (bucket !== 'waiting') return bucket
  const receipts = receiptNumber === undefined ? null : past.unchartedReceipts
  if (receipts && receiptNumber !== undefined) {
    if (!hasNumber(receipts, receiptNumber)) return past.unchartedEnded ?? 'unknown'
    past.unchartedReceipts = withoutNumber(receipts, receiptNumber)
  }
  if (past.uncharted === 0) return past.unchartedEnded ?? bucket
  past.uncharted -= 1
  past.waiting -= 1
  return bucket
}

/** The receipts of those that wait, where nothing is kept: of those that are held, and of those that are remembered. */
export function waitingReceipts({ past, waiting }: DestinationRecord): NumberRuns {
  const numbers = Array.from(waiting, ({ receiptNumber }) => receiptNumber)
  for (const { buckets, receiptNumbers } of past.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1))
      numbers.push(receiptNumbers?.[at] ?? 0)
  }
  return runsOf(numbers.filter((number) => number > 0))
}

/** Ends the wait of those whose receipt was not after `dueAfter`. A number of 0 says that it is not known. */
export function endPastWaitsUpTo({ past, tally }: DestinationRecord, dueAfter: number): void {
  if (past.waiting === 0) return
  const end = (waits: number): void => {
    past.waiting -= waits
    tally.waiting -= waits
    tally.unknown += waits
  }
  if (past.unchartedReceipts !== null) {
    const due = numbersAfter(past.unchartedReceipts, dueAfter)
    const ended = sizeOf(past.unchartedReceipts) - sizeOf(due)
    past.unchartedReceipts = due
    past.uncharted -= ended
    end(ended)
  }
  for (const { buckets, receiptNumbers } of past.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1)) {
      const receiptNumber = receiptNumbers?.[at] ?? 0
      if (receiptNumber === 0 || receiptNumber > dueAfter) continue
      buckets[at] = UNKNOWN
      end(1)
    }
  }
}

/** Ends the wait of all of them, once even the newest was written before `before`. */
export function endPastWaits(
  { past, tally }: DestinationRecord,
  outcome: 'lost' | 'unknown',
  before: number,
): void {
  if (past.waiting === 0 || past.newestWaitingAt >= before) return
  const code = codeOf(outcome)
  for (const { buckets } of past.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1))
      buckets[at] = code
  }
  tally.waiting -= past.waiting
  tally[outcome] += past.waiting
  if (past.uncharted > 0) past.unchartedEnded = outcome
  past.uncharted = 0
  if (past.unchartedReceipts) past.unchartedReceipts = []
  past.waiting = 0
}
