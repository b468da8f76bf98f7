import { z } from 'zod'
import { type Position, positionSchema } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { getRuntime } from '#lib/runtime.ts'
import { createEventStream } from './event-stream.ts'
import { createNdjson } from './ndjson.ts'

const querySchema = z.object({
  since: z.coerce.number().int().min(0).optional(),
  epoch: z.string().min(1).max(64).optional(),
})

/**
 * A room's events: live as server-sent events where the caller accepts those, else as NDJSON up to the last event held.
 * Without a position NDJSON begins with the oldest event, a live stream with the next one.
 */
export async function answerEvents(room: Room, request: Request): Promise<Response> {
  const { rooms, closing } = getRuntime()
  const { epoch } = rooms
  const since = positionOf(request, epoch)
  const isLive = request.headers.get('accept')?.includes('text/event-stream') ?? false
  if (!isLive) return await createNdjson(room, since ?? { epoch, seq: 0 })
  const { seq } = await room.snapshot()
  return await createEventStream(room, since ?? { epoch, seq }, [request.signal, closing])
}

/**
 * Where a reader of events begins: after `Last-Event-ID` (a stream that comes back keeps its address, so the header wins),
 * else after `?since` of `?epoch` or of the current one; undefined when neither is given. Throws `bad-request` for a header
 * that is not an event's id, `invalid` for a query that cannot be parsed.
 */
export function positionOf(request: Request, currentEpoch: string): Position | undefined {
  const id = request.headers.get('last-event-id')
  if (id) return positionFromId(id)
  const { searchParams } = new URL(request.url)
  const given = Object.fromEntries([...searchParams].filter(([, value]) => value !== ''))
  const { since, epoch } = parseInput(querySchema, given)
  return since === undefined ? undefined : { epoch: epoch ?? currentEpoch, seq: since }
}

function positionFromId(id: string): Position {
  const separator = id.lastIndexOf(':')
  const seq = id.slice(separator + 1)
  const parsed = positionSchema.safeParse({
    epoch: id.slice(0, Math.max(separator, 0)),
    seq: seq === '' ? NaN : Number(seq),
  })
  if (separator < 1 || !parsed.success)
    throw new AppError('bad-request', 'Last-Event-ID is not <epoch>:<seq>')
  return parsed.data
}
