import type { Position } from '#lib/protocol/commands.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { eventId } from './position.ts'

/** A comment this often keeps proxies from closing a quiet stream, and finds readers that are gone. */
const HEARTBEAT_MS = 15_000
/** What a browser waits before it comes back. */
const RETRY_MS = 1_000

/**
 * A room's events live, as server-sent events with ids `<epoch>:<seq>`. The stream keeps no buffer: whenever the reader
 * takes more, it is given what the room's history holds since its position. A reader slower than history gets a `gap`
 * of reason `slow-reader`, and slows nobody. Watches the room until the reader leaves, the room closes, or a signal
 * aborts.
 */
export function eventStream(room: Room, since: Position, signals: AbortSignal[]): Response {
  const encoder = new TextEncoder()
  let position = since
  let wake = createDeferred<void>()
  let greeted = false
  let ended = false
  let cancelled = false

  const end = () => {
    if (ended) return
    ended = true
    for (const stop of stops) stop()
    for (const signal of signals) signal.removeEventListener('abort', end)
    wake.resolve()
  }
  const stops = [room.watch(), room.onEvent(() => wake.resolve()), room.onClosed(end)]
  for (const signal of signals) {
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  }

  const nextChunk = async (): Promise<string | undefined> => {
    if (!greeted) {
      greeted = true
      return `retry: ${RETRY_MS}\n\n`
    }
    while (!ended) {
      const page = room.eventsSince(position, BATCH_MAX_EVENTS)
      const events = position === since ? page.events : page.events.map(asSlow)
      const last = events.at(-1)
      if (last) {
        position = { epoch: page.epoch, seq: last.seq }
        return events.map(frame).join('')
      }
      wake = createDeferred<void>()
      if (!(await isWoken(wake.promise))) return ': here\n\n'
    }
    return undefined
  }

  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const chunk = await nextChunk()
      if (chunk !== undefined) controller.enqueue(encoder.encode(chunk))
      else if (!cancelled) controller.close()
    },
    cancel: () => {
      cancelled = true
      end()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}

const frame = (event: RoomEvent): string => `id: ${eventId(event)}\ndata: ${JSON.stringify(event)}\n\n`

/** In mid-stream, what history no longer holds was lost because this reader did not take it in time. */
const asSlow = (event: RoomEvent): RoomEvent =>
  event.kind === 'gap' && event.reason === 'not-held' ? { ...event, reason: 'slow-reader' } : event

/** True when something happened, false when the heartbeat is due. What one tick brings is left to gather. */
async function isWoken(wake: Promise<void>): Promise<boolean> {
  const beat = createDeferred<false>()
  const timer = setTimeout(() => beat.resolve(false), HEARTBEAT_MS)
  try {
    return await Promise.race([
      wake.then(() => new Promise<true>((go) => setImmediate(() => go(true)))),
      beat.promise,
    ])
  } finally {
    clearTimeout(timer)
  }
}
