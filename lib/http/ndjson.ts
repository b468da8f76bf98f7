import type { Position } from '#lib/protocol/command-schemas.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { bodyOnDemand } from './body-on-demand.ts'
import { HistoryReader, type ReadOptions } from './history-reader.ts'

export const NDJSON_HEADERS = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }

/**
 * One JSON event a line, from after `since` up to the last event held at the time of the request. Pages are read as the
 * caller takes them; what history drops meanwhile is a line of its own, a `gap`, also where it is all that was left.
 */
export async function createNdjson(
  room: Room,
  since: Position,
  { onEnd = () => undefined, ...options }: ReadOptions = {},
): Promise<Response> {
  const { seq: end, firstSeq } = await room.snapshot()
  const reader = new HistoryReader(room, since, firstSeq, options)
  let isOver = false
  const nextChunk = async (): Promise<string | undefined> => {
    if (isOver) return undefined
    const events = await reader.next(end)
    isOver = (events.at(-1)?.seq ?? end) >= end
    return events.length === 0 ? undefined : events.map((event) => `${JSON.stringify(event)}\n`).join('')
  }
  return new Response(bodyOnDemand({ nextChunk, onEnd }), { headers: NDJSON_HEADERS })
}
