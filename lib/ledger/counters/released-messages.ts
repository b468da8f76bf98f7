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
import type { DestinationRecord, Life, Pane, ReleasedChunk, ReleasedMessages } from '../model/records.ts'

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

export const noneReleased = (): ReleasedMessages => ({
  chunks: new Map(),
  waiting: 0,
  newestWaitingAt: Number.NEGATIVE_INFINITY,
  serverCounted: 0,
  serverCountedReceipts: null,
  serverCountedOutcome: null,
})

export const copyReleased = (released: ReleasedMessages): ReleasedMessages => ({
  ...released,
  chunks: new Map(
    Array.from(released.chunks, ([key, { buckets, passNumbers, receiptNumbers }]) => [
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

const newChunk = (): ReleasedChunk => ({
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
  const { released, modeManifest } = life.destination
  const { number } = life.message.content
  if (bucket === null || number === null) return
  const key = number >>> CHUNK_BITS
  const chunk = released.chunks.get(key) ?? addChunk(released.chunks, key, newChunk())
  const at = number & IN_CHUNK
  chunk.buckets[at] = codeOf(bucket)
  if (passNumber > 0) chunk.passNumbers ??= new Uint32Array(CHUNK)
  if (chunk.passNumbers) chunk.passNumbers[at] = passNumber
  if (bucket === 'waiting' && modeManifest?.can.keepsForAbsent === false) {
    chunk.receiptNumbers ??= new Uint32Array(CHUNK)
    chunk.receiptNumbers[at] = receiptNumber
  }
  if (bucket === 'waiting') {
    released.waiting += 1
    released.newestWaitingAt = Math.max(released.newestWaitingAt, writtenAt)
  }
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) markReceived(arrival.pane, number)
}

/** What is remembered of a message here; null where nothing is. */
export function recall(
  { released }: DestinationRecord,
  number: number,
): { bucket: Bucket; passNumber: number; receiptNumber: number } | null {
  if (released.chunks.size === 0) return null
  const chunk = released.chunks.get(number >>> CHUNK_BITS)
  if (chunk === undefined) return null
  const at = number & IN_CHUNK
  const bucket = BUCKETS[(chunk.buckets[at] ?? 0) - 1]
  if (bucket === undefined) return null
  const receiptNumber = bucket === 'waiting' ? (chunk.receiptNumbers?.[at] ?? 0) : 0
  return { bucket, passNumber: chunk.passNumbers?.[at] ?? 0, receiptNumber }
}

/** A remembered message is held again: from now on it counts by its life, and no longer by what is remembered. */
export function takeBack({ released }: DestinationRecord, number: number, bucket: Bucket): void {
  const chunk = released.chunks.get(number >>> CHUNK_BITS)
  if (chunk) chunk.buckets[number & IN_CHUNK] = 0
  if (bucket === 'waiting') released.waiting -= 1
}

/**
 * Takes back a message that only the server has counted, in `bucket`. Returns where it counts here: where it waited, its
 * wait may have ended since, together with the waits of all others.
 */
export function takeBackServerCounted(
  { released }: DestinationRecord,
  { bucket, receiptNumber }: Pick<Standing, 'bucket' | 'receiptNumber'>,
): Bucket {
  if (bucket !== 'waiting') return bucket
  const receipts = receiptNumber === undefined ? null : released.serverCountedReceipts
  if (receipts && receiptNumber !== undefined) {
    if (!hasNumber(receipts, receiptNumber)) return released.serverCountedOutcome ?? 'unknown'
    released.serverCountedReceipts = withoutNumber(receipts, receiptNumber)
  }
  if (released.serverCounted === 0) return released.serverCountedOutcome ?? bucket
  released.serverCounted -= 1
  released.waiting -= 1
  return bucket
}

/** Where nothing is kept: the receipt numbers of all messages that wait, held or remembered. */
export function waitingReceipts({ released, waiting }: DestinationRecord): NumberRuns {
  const numbers = Array.from(waiting, ({ receiptNumber }) => receiptNumber)
  for (const { buckets, receiptNumbers } of released.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1))
      numbers.push(receiptNumbers?.[at] ?? 0)
  }
  return runsOf(numbers.filter((number) => number > 0))
}

/** Ends the wait of messages whose receipt number is `dueAfter` or lower. A receipt number of 0 is not known. */
export function endReleasedWaitsUpTo({ released, tally }: DestinationRecord, dueAfter: number): void {
  if (released.waiting === 0) return
  const end = (waits: number): void => {
    released.waiting -= waits
    tally.waiting -= waits
    tally.unknown += waits
  }
  if (released.serverCountedReceipts !== null) {
    const due = numbersAfter(released.serverCountedReceipts, dueAfter)
    const ended = sizeOf(released.serverCountedReceipts) - sizeOf(due)
    released.serverCountedReceipts = due
    released.serverCounted -= ended
    end(ended)
  }
  for (const { buckets, receiptNumbers } of released.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1)) {
      const receiptNumber = receiptNumbers?.[at] ?? 0
      if (receiptNumber === 0 || receiptNumber > dueAfter) continue
      buckets[at] = UNKNOWN
      end(1)
    }
  }
}

/** Ends the wait of all remembered messages, once even the newest of them was written before `before`. */
export function endReleasedWaits(
  { released, tally }: DestinationRecord,
  outcome: 'lost' | 'unknown',
  before: number,
): void {
  if (released.waiting === 0 || released.newestWaitingAt >= before) return
  const code = codeOf(outcome)
  for (const { buckets } of released.chunks.values()) {
    for (let at = buckets.indexOf(WAITING); at !== -1; at = buckets.indexOf(WAITING, at + 1))
      buckets[at] = code
  }
  tally.waiting -= released.waiting
  tally[outcome] += released.waiting
  if (released.serverCounted > 0) released.serverCountedOutcome = outcome
  released.serverCounted = 0
  if (released.serverCountedReceipts) released.serverCountedReceipts = []
  released.waiting = 0
}
