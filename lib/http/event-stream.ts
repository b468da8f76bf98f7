import type { Position } from '#lib/protocol/command-schemas.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

/** A comment this often keeps proxies from closing a quiet stream, and detects readers that are gone. */
const HEARTBEAT_MS = 15_000
/** How long a browser waits before it connects again. */
const RETRY_MS = 1_000

/**
 * A room's events live, as server-sent events with ids `<epoch>:<seq>`. The stream keeps no buffer: whenever the reader
 * takes more, it gets what the room's history holds since its position. A reader slower than history gets a `gap` of
 * reason `slow-reader`, and slows nobody. Watches the room until the reader leaves, the room closes, or a signal aborts.
 */
export async function createEventStream(
  room: Room,
  since: Position,
  signals: AbortSignal[],
): Promise<Response> {
  const reader = new EventReader(room, since, signals)
  await reader.open()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const chunk = await reader.nextChunk()
      if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk))
      else if (!reader.cancelled) controller.close()
    },
    cancel: () => reader.cancel(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}

class EventReader {
  cancelled = false
  private readonly room: Room
  private readonly since: Position
  private readonly signals: AbortSignal[]
  private readonly subscriptions: Unsubscribe[] = []
  private position: Position
  private wake = createDeferred<void>()
  private greeted = false
  private ended = false

  constructor(room: Room, since: Position, signals: AbortSignal[]) {
    this.room = room
    this.since = since
    this.signals = signals
    this.position = since
  }

  /** Throws `room-not-found` where the room has just been closed. */
  async open(): Promise<void> {
    this.subscriptions.push(
      this.room.onEvent(() => this.wake.resolve()),
      this.room.onClosed(this.end),
    )
    for (const signal of this.signals) signal.addEventListener('abort', this.end)
    try {
      this.subscriptions.push(await this.room.watch())
    } catch (error) {
      this.end()
      throw error
    }
    if (this.ended) this.unsubscribe()
    if (this.signals.some(({ aborted }) => aborted)) this.end()
  }

  /** Undefined when the stream has ended. */
  async nextChunk(): Promise<string | undefined> {
    if (!this.greeted) {
      this.greeted = true
      return `retry: ${RETRY_MS}\n\n`
    }
    while (!this.ended) {
      // Before the page is read: an event that is numbered meanwhile must not be missed.
      this.wake = createDeferred<void>()
      const page = await this.room.eventsSince(this.position, BATCH_MAX_EVENTS)
      const events = this.position === this.since ? page.events : page.events.map(asSlowReader)
      const last = events.at(-1)
      if (last) {
        this.position = { epoch: page.epoch, seq: last.seq }
        return events.map(frame).join('')
      }
      if (!(await isWoken(this.wake.promise))) return ': heartbeat\n\n'
    }
    return undefined
  }

  cancel(): void {
    this.cancelled = true
    this.end()
  }

  private readonly end = () => {
    if (this.ended) return
    this.ended = true
    this.unsubscribe()
    for (const signal of this.signals) signal.removeEventListener('abort', this.end)
    this.wake.resolve()
  }

  private unsubscribe(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe()
  }
}

const frame = (event: RoomEvent): string =>
  `id: ${event.epoch}:${event.seq}\ndata: ${JSON.stringify(event)}\n\n`

/** In the middle of a stream, what history no longer holds was lost because this reader did not take it in time. */
const asSlowReader = (event: RoomEvent): RoomEvent =>
  event.kind === 'gap' && event.reason === 'not-held' ? { ...event, reason: 'slow-reader' } : event

/** True when something happened, false when a heartbeat is due. The events of one turn of the event loop go together. */
async function isWoken(wake: Promise<void>): Promise<boolean> {
  const beat = createDeferred<false>()
  const timer = setTimeout(() => beat.resolve(false), HEARTBEAT_MS)
  try {
    return await Promise.race([
      wake.then(() => new Promise<true>((resolve) => setImmediate(() => resolve(true)))),
      beat.promise,
    ])
  } finally {
    clearTimeout(timer)
  }
}
