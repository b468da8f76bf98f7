import type { Position } from '#lib/protocol/command-schemas.ts'
import { BATCH_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { Room } from '#lib/rooms/contract.ts'

/**
 * One JSON event a line, from after `since` up to the last event held at the time of the request. Pages are read as the
 * caller takes them; what history drops meanwhile is answered with a `gap`.
 */
export async function createNdjson(room: Room, since: Position): Promise<Response> {
  const encoder = new TextEncoder()
  let position = since
  const { seq: end } = await room.eventsSince(since, 1)
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const page = await room.eventsSince(position, BATCH_MAX_EVENTS)
      const events = page.events.filter((event) => event.seq <= end)
      if (events.length > 0)
        controller.enqueue(encoder.encode(events.map((event) => `${JSON.stringify(event)}\n`).join('')))
      position = { epoch: page.epoch, seq: events.at(-1)?.seq ?? end }
      if (position.seq >= end) controller.close()
    },
  })
  return new Response(body, {
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  })
}
