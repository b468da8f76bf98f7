import { answer, NO_STREAM, readStreamInfo, type StreamInfo } from '../info.ts'
import type { Link } from '../link.ts'
import { type Entry, readStream } from '../stream/entry.ts'
import type { Position } from './position.ts'

/** What one XREAD brought, and the stream's figures just after it. */
export interface Batch {
  entries: Entry[]
  info: StreamInfo
}

/**
 * Waits for what comes after `after` (XREAD BLOCK), and asks for the stream's figures in the same breath. No entries
 * when the wait was ended. Throws the raw error.
 */
export async function readOn({ redis }: Link, stream: string, after: string, count: number): Promise<Batch> {
  const args = ['COUNT', String(count), 'BLOCK', '0', 'STREAMS', stream, after]
  const replies = await redis
    .pipeline()
    .callBuffer('XREAD', ...args)
    .call('XINFO', 'STREAM', stream)
    .exec()
  const told = answer(replies, 1)
  return {
    entries: readStream(answer(replies, 0)),
    info: told === null ? NO_STREAM : readStreamInfo(told),
  }
}

/**
 * How many entries were taken out of the stream (XTRIM, MAXLEN, XDEL) before a reader at `from` came to them: told once
 * it has caught up, since only then the stream's own count says where it stands. Null while that cannot be known.
 */
export function missedBy(from: Position, { entries, info }: Batch): number | null {
  const last = entries.at(-1)
  if (!last || info.added === null || from.count === null || last.id !== info.lastId) return null
  return Math.max(0, info.added - entries.length - from.count)
}

/** The count past the batch's last entry. */
export function countAfter(from: Position, { entries, info }: Batch): number | null {
  const last = entries.at(-1)
  if (last && last.id === info.lastId && info.added !== null) return info.added
  return from.count === null ? null : from.count + entries.length
}
