import { answer, NO_STREAM, readStreamInfo, type StreamInfo } from '../info.ts'
import type { Link } from '../link.ts'
import { type Entry, readStream } from '../stream/entry.ts'
import { lowOf, type Position } from './position.ts'

/** What one XREAD brought, and the stream's figures just after it; null: not asked for. */
export interface Batch {
  entries: Entry[]
  info: StreamInfo | null
}

/** Waits for what comes after `after` (XREAD BLOCK). No entries when the wait was ended. Throws the raw error. */
export async function readOn({ redis }: Link, stream: string, after: string, count: number): Promise<Batch> {
  const entries = readStream(await redis.callBuffer('XREAD', ...argumentsOf(stream, after, count)))
  return { entries, info: null }
}

/** `readOn`, and asks for the stream's figures in the same breath. */
export async function readOnWithFigures(
  { redis }: Link,
  stream: string,
  after: string,
  count: number,
): Promise<Batch> {
  const replies = await redis
    .pipeline()
    .callBuffer('XREAD', ...argumentsOf(stream, after, count))
    .call('XINFO', 'STREAM', stream)
    .exec()
  const told = answer(replies, 1)
  return {
    entries: readStream(answer(replies, 0)),
    info: told === null ? NO_STREAM : readStreamInfo(told),
  }
}

const argumentsOf = (stream: string, after: string, count: number) => [
  'COUNT',
  String(count),
  'BLOCK',
  '0',
  'STREAMS',
  stream,
  after,
]

/**
 * How many entries were appended before the batch's first, which a reader at `from` asked for; null while that cannot be
 * known. More than the reader had counted where entries were taken out of the stream (XTRIM, MAXLEN, XDEL) before it came
 * to them: all of those are known once it has caught up, since only then the stream's own count says where it stands, and
 * before that as many as are gone beyond what it ever had.
 */
export function countBefore(from: Position, { entries, info }: Batch): number | null {
  const last = entries.at(-1)
  if (!last || !info) return from.count
  if (last.id === info.lastId && info.added !== null) return info.added - entries.length
  return from.count === null ? null : Math.max(from.count, lowOf(info) ?? 0)
}
