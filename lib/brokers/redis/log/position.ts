import type { Seek } from '#lib/protocol/commands.ts'
import { NO_STREAM, readStreamInfo, type StreamInfo } from '../info.ts'
import type { Link } from '../link.ts'
import type { ReaderSettings } from '../modes/log.ts'
import { isErrorReply, wordsOf } from '../reasons.ts'
import { readEntries } from '../stream/entry.ts'

/** Where a reader stands: past the entry `after`, which is the `count`th that was ever appended, where that is known. */
export interface Position {
  after: string
  count: number | null
}

const BEFORE_ALL = '0-0'
const SEQUENCE_MAX = 18_446_744_073_709_551_615n
/** No stream has had so many entries, and no clock since 1973 shows less: a number alone is one or the other. */
const FIRST_MILLISECOND = 100_000_000_000
/** Counting to an entry reads those before it, so many at a time. */
const STEP = 1_000

/** XINFO STREAM, and nothing where there is no such key. Throws the raw error. */
export async function askStream({ redis }: Link, stream: string): Promise<StreamInfo> {
  try {
    return readStreamInfo(await redis.call('XINFO', 'STREAM', stream))
  } catch (error) {
    if (isErrorReply(error) && wordsOf(error).includes('no such key')) return NO_STREAM
    throw error
  }
}

export const atEnd = ({ lastId, added }: StreamInfo): Position => ({ after: lastId, count: added })

/** How many entries that once were there are gone: what was trimmed or deleted. */
export const lowOf = ({ length, added }: StreamInfo): number | null =>
  added === null ? null : added - length

export const atBeginning = (info: StreamInfo): Position => ({ after: BEFORE_ALL, count: lowOf(info) })

/** Where a reader starts by its settings. XREAD reads what comes after an id. */
export function startOf({ from, id }: ReaderSettings, info: StreamInfo): Position {
  switch (from) {
    case 'new':
      return atEnd(info)
    case 'beginning':
      return atBeginning(info)
    case 'id':
      return { after: id, count: null }
  }
}

/**
 * The place from which a seek reads on, the entry it names included. A position is an entry's id, or, being a small
 * number alone, a count as facts tell it: 0 is the first entry that was ever appended. Throws the raw error.
 */
export async function placeOf(link: Link, stream: string, seek: Seek): Promise<Position> {
  const info = await askStream(link, stream)
  switch (seek.to) {
    case 'earliest':
      return atBeginning(info)
    case 'latest':
      return atEnd(info)
    case 'time':
      return { after: justBefore(`${seek.at}-0`), count: null }
    case 'offset': {
      const isCount = !seek.offset.includes('-') && Number(seek.offset) < FIRST_MILLISECOND
      if (isCount) return countTo(link, stream, info, Number(seek.offset))
      return { after: justBefore(seek.offset), count: null }
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

/** Walks from the oldest entry kept: Redis finds an entry by its id only, not by its number. */
async function countTo({ redis }: Link, stream: string, info: StreamInfo, count: number): Promise<Position> {
  const low = lowOf(info)
  if (low === null || count <= low) return atBeginning(info)
  if (count >= (info.added ?? 0)) return atEnd(info)
  let after = BEFORE_ALL
  for (let left = count - low; left > 0; ) {
    const args = [`(${after}`, '+', 'COUNT', String(Math.min(left, STEP))]
    const entries = readEntries(await redis.callBuffer('XRANGE', stream, ...args))
    const last = entries.at(-1)
    if (!last) break
    after = last.id
    left -= entries.length
  }
  return { after, count }
}
