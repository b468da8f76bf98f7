import * as z from 'zod'
import type { Grant } from '#lib/access/grant.ts'
import { type Position, positionSchema } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { getRuntime } from '#lib/runtime.ts'
import { createEventStream, EVENT_STREAM_HEADERS } from './event-stream.ts'
import { clientAddressOf } from './http-actors.ts'
import { createNdjson, NDJSON_HEADERS } from './ndjson.ts'
import { createOpenStreams } from './open-streams.ts'

/** A number of an event as decimal digits and nothing else: `Number` would also take spaces, `0x10` and `1e3`. */
const seqSchema = z
  .string()
  .regex(/^\d{1,16}$/, 'a number of an event')
  .transform(Number)
  .pipe(z.int())

const querySchema = z.object({ since: seqSchema.optional(), epoch: z.string().min(1).max(64).optional() })

/** One route answers all requests for events, so this module exists once in the process. */
const openStreams = createOpenStreams()

/**
 * A room's events: live as server-sent events where the caller accepts those, else as NDJSON up to the last event held.
 * Without a position NDJSON begins with the oldest event, a live stream with the next one. HEAD gets the headers alone and
 * reads nothing. Throws `too-many` where the client address reads as many streams as it may.
 */
export async function answerEvents(room: Room, grant: Grant, request: Request): Promise<Response> {
  const { rooms, closing } = getRuntime()
  const { epoch } = rooms
  const since = positionOf(request, epoch)
  const isLive = request.headers.get('accept')?.includes('text/event-stream') ?? false
  if (request.method === 'HEAD') {
    return new Response(null, { headers: isLive ? EVENT_STREAM_HEADERS : NDJSON_HEADERS })
  }
  const close = openStreams.open(clientAddressOf(request))
  const over = watchGrant(room, grant)
  const release = () => {
    close()
    over.stop()
  }
  try {
    const options = { pageBytes: openStreams.pageBytes, onEnd: release }
    const signals = [request.signal, closing, over.signal]
    if (isLive) return await createEventStream(room, since, signals, options)
    return await createNdjson(room, since ?? { epoch, seq: 0 }, options)
  } catch (error) {
    release()
    throw error
  }
}

/** Aborts when the grant ends, or its holder is removed from the room: then the stream ends too. */
function watchGrant(room: Room, { person, expiresAt }: Grant): { signal: AbortSignal; stop: () => void } {
  const over = new AbortController()
  const stopListening = room.access.onRemoved((id) => {
    if (id === person?.id) over.abort()
  })
  const timer = expiresAt === null ? undefined : setTimeout(() => over.abort(), expiresAt - Date.now())
  const stop = () => {
    stopListening()
    clearTimeout(timer)
  }
  return { signal: over.signal, stop }
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
  const seq = seqSchema.safeParse(id.slice(separator + 1))
  const parsed = positionSchema.safeParse({ epoch: id.slice(0, Math.max(separator, 0)), seq: seq.data })
  if (separator < 1 || !parsed.success)
    throw new AppError('bad-request', 'Last-Event-ID is not <epoch>:<seq>')
  return parsed.data
}
