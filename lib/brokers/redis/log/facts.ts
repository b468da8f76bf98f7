import { type LogFacts, logFacts } from '#lib/protocol/facts.ts'
import type { StreamInfo } from '../info.ts'
import type { Link } from '../link.ts'
import { asOperationError } from '../reasons.ts'
import { askStream, lowOf } from './position.ts'
import type { Reader } from './reader.ts'

/**
 * A stream's facts, by XINFO STREAM. Positions are counts: `low` is how many entries are gone, `end` how many there ever
 * were. Redis knows of no readers without a group: where each stands is its own word, and null where its place was
 * given by an id that has not been counted yet. Throws AppError.
 */
export async function readLogFacts(
  link: Link,
  stream: string,
  readers: readonly Reader[],
): Promise<LogFacts> {
  const info = await askStream(link, stream).catch((error: unknown) => {
    throw asOperationError(error)
  })
  const end = info.added ?? info.length
  return logFacts({
    partitions: [{ partition: 0, low: String(lowOf(info) ?? 0), end: String(end), last: info.lastId }],
    readers: readers.map(({ spec, position: { count, after } }) => {
      const isAtEnd = after === info.lastId
      const position = isAtEnd ? end : count
      return {
        consumer: spec.name,
        position: position === null ? null : String(position),
        lag: position === null ? null : lagOf(info, position, end),
      }
    }),
    retentionMs: null,
  })
}

/** What is gone is not to be read any more, and so no part of a lag. */
const lagOf = (info: StreamInfo, position: number, end: number): number =>
  Math.max(0, end - Math.max(position, lowOf(info) ?? 0))
