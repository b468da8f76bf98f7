import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import {
  answer,
  type Entry,
  isBefore,
  NO_STREAM,
  readEntries,
  readStream,
  readStreamInfo,
  type StreamInfo,
} from './replies.ts'
import type { ReaderSettings } from './settings.ts'

/** A reader is past the entry `after`, which is the `count`th that was ever appended, where that is known. */
export interface Position {
  after: string
  count: number | null
}

const BEFORE_ALL = '0-0'
const SEQUENCE_MAX = 18_446_744_073_709_551_615n
/**
 * A bare number below this is a count of entries, since no stream has had that many; from here on it is a time in milliseconds,
 * since every clock has shown more than this since 1973.
 */
export const FIRST_MILLISECOND = 100_000_000_000
/** Counting to an entry reads those before it: how many at a time. */
const COUNT_STEP = 1_000
/** Where a position is given by an id: how many times at most, because the reader waits meanwhile. */
const COUNT_STEPS_MAX = 20

/** XINFO STREAM, also of a key that does not exist. Throws the raw error. */
export async function askStream({ redis }: Connection, stream: string): Promise<StreamInfo> {
  try {
    return readStreamInfo(await redis.call('XINFO', 'STREAM', stream))
  } catch (error) {
    if (isErrorReply(error) && wordsOf(error).includes('no such key')) return NO_STREAM
    throw error
  }
}

/** How many entries are gone, trimmed or deleted; null where Redis does not know it. */
export const lowOf = ({ length, added }: StreamInfo): number | null =>
  added === null ? null : added - length

export const beginningOf = (info: StreamInfo): Position => ({ after: BEFORE_ALL, count: lowOf(info) })
const endOf = ({ lastId, added }: StreamInfo): Position => ({ after: lastId, count: added })

/** Where a reader starts by its settings. XREAD reads what comes after an id. Throws the raw error. */
export async function startOf(
  connection: Connection,
  stream: string,
  { from, id }: ReaderSettings,
  info: StreamInfo,
): Promise<Position> {
  switch (from) {
    case 'new':
      return endOf(info)
    case 'beginning':
      return beginningOf(info)
    case 'id':
      return counted(connection, stream, id, info)
  }
}

/**
 * Where a seek reads on; the entry that it names is read again. A seek to an offset gives an entry's id, or, if it is a
 * small bare number, a count as facts show it: 0 is the first entry that was ever appended. Throws the raw error.
 */
export async function seekPosition(connection: Connection, stream: string, seek: Seek): Promise<Position> {
  const info = await askStream(connection, stream)
  switch (seek.to) {
    case 'earliest':
      return beginningOf(info)
    case 'latest':
      return endOf(info)
    case 'time':
      return counted(connection, stream, justBefore(`${seek.at}-0`), info)
    case 'offset': {
      const isCount = !seek.offset.includes('-') && Number(seek.offset) < FIRST_MILLISECOND
      if (isCount) return countTo(connection, stream, info, Number(seek.offset))
      return counted(connection, stream, justBefore(seek.offset), info)
    }
  }
}

/** The greatest id before this one. */
export function justBefore(id: string): string {
  const [milliseconds = '0', sequence = '0'] = id.split('-')
  if (BigInt(sequence) > 0n) return `${milliseconds}-${BigInt(sequence) - 1n}`
  if (BigInt(milliseconds) > 0n) return `${BigInt(milliseconds) - 1n}-${SEQUENCE_MAX}`
  return BEFORE_ALL
}

/**
 * A position given by an id, with its count where it can be had: without one, a reader cannot say how many entries were
 * removed before it came to them. Redis counts no entries before an id, so those kept are read; of a long stream they are not.
 */
async function counted(
  connection: Connection,
  stream: string,
  after: string,
  info: StreamInfo,
): Promise<Position> {
  const low = lowOf(info)
  if (low === null) return { after, count: null }
  // XREAD takes an id without its sequence for the first of its millisecond, XRANGE for the last.
  const end = after.includes('-') ? after : `${after}-0`
  let count = low
  for (let start = '-', step = 0; step < COUNT_STEPS_MAX; step += 1) {
    const args = [start, end, 'COUNT', String(COUNT_STEP)]
    const entries = readEntries(await connection.redis.callBuffer('XRANGE', stream, ...args))
    count += entries.length
    const last = entries.at(-1)
    if (last && entries.length === COUNT_STEP) start = `(${last.id}`
    // What was removed meanwhile may have been counted, or not.
    else return { after, count: lowOf(await askStream(connection, stream)) === low ? count : null }
  }
  return { after, count: null }
}

/** Counts from the oldest entry kept: Redis finds an entry by its id only, not by its number. */
async function countTo(
  { redis }: Connection,
  stream: string,
  info: StreamInfo,
  count: number,
): Promise<Position> {
  const low = lowOf(info)
  if (low === null || count <= low) return beginningOf(info)
  if (count >= (info.added ?? 0)) return endOf(info)
  let after = BEFORE_ALL
  for (let left = count - low; left > 0; ) {
    const args = [`(${after}`, '+', 'COUNT', String(Math.min(left, COUNT_STEP))]
    const entries = readEntries(await redis.callBuffer('XRANGE', stream, ...args))
    const last = entries.at(-1)
    if (!last) break
    after = last.id
    left -= entries.length
  }
  return { after, count }
}

/** What one XREAD returned, and the stream's figures just after it; null: not asked for. */
export interface Batch {
  entries: Entry[]
  info: StreamInfo | null
}

/**
 * Waits for what comes after `after` (XREAD BLOCK), asks for the stream's figures in the same write, or asks for them without
 * waiting. No entries when the wait was ended. Throws the raw error.
 */
export async function readAfter(
  { redis, blockMs }: Connection,
  { stream, after, count }: { stream: string; after: string; count: number },
  how: 'wait' | 'wait-and-ask' | 'ask',
): Promise<Batch> {
  const block = how === 'ask' ? [] : ['BLOCK', String(blockMs)]
  const args = ['COUNT', String(count), ...block, 'STREAMS', stream, after]
  if (how === 'wait') return { entries: readStream(await redis.callBuffer('XREAD', ...args)), info: null }
  const replies = await redis
    .pipeline()
    .callBuffer('XREAD', ...args)
    .call('XINFO', 'STREAM', stream)
    .exec()
  const info = answer(replies, 1)
  return { entries: readStream(answer(replies, 0)), info: info === null ? NO_STREAM : readStreamInfo(info) }
}

/** Nothing is kept behind that entry: what was appended there is gone. */
export const isAtEnd = ({ newestId }: StreamInfo, after: string): boolean =>
  newestId === null || !isBefore(after, newestId)

/**
 * How many entries were appended before the batch's first, for a reader at `from`; null while that cannot be known. It is
 * more than the reader's own count where entries were removed (XTRIM, MAXLEN, XDEL) before the reader came to them. Once
 * the reader has caught up, the stream's count shows all of those; before that, only as many as are gone beyond what the
 * reader has counted.
 */
export function countBefore(from: Position, { entries, info }: Batch): number | null {
  const last = entries.at(-1)
  if (!info) return from.count
  if (!last) return isAtEnd(info, from.after) && info.added !== null ? info.added : from.count
  if (last.id === info.lastId && info.added !== null) return info.added - entries.length
  return from.count === null ? null : Math.max(from.count, lowOf(info) ?? 0)
}
