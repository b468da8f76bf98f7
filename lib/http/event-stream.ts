import type { Position } from '#lib/protocol/command-schemas.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { bodyOnDemand } from './body-on-demand.ts'
import { HistoryReader, type ReadOptions } from './history-reader.ts'

/** A comment this often keeps proxies from closing a quiet stream, and detects readers that are gone. */
const HEARTBEAT_MS = 15_000
/** How long a browser waits before it connects again. */
const RETRY_MS = 1_000

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * A room's events live, as server-sent events with ids `<epoch>:<seq>`; without `since`, those from now on. The stream keeps
 * no buffer: whenever the reader takes more, it gets what the room's history holds since its position. A reader slower than
 * history gets a `gap` of reason `slow-reader`, and slows nobody. Watches the room until the reader leaves or takes nothing
 * any more, the room closes, or a signal aborts.
 */
export async function createEventStream(
  room: Room,
  since: Position | undefined,
  signals: AbortSignal[],
  options: ReadOptions = {},
): Promise<Response> {
  const { epoch, seq, firstSeq } = await room.snapshot()
  const history = new HistoryReader(room, since ?? { epoch, seq }, firstSeq, options)
  const events = new LiveEvents(room, history, signals, options.onEnd)
  await events.open()
  const body = bodyOnDemand({ nextChunk: () => events.nextChunk(), onEnd: events.end })
  return new Response(body, { headers: EVENT_STREAM_HEADERS })
}

class LiveEvents {
  private readonly room: Room
  private readonly history: HistoryReader
  private readonly signals: AbortSignal[]
  private readonly onEnd: (() => void) | undefined
  private readonly subscriptions: Unsubscribe[] = []
  private wake = createDeferred<void>()
  private greeted = false
  private ended = false

  constructor(room: Room, history: HistoryReader, signals: AbortSignal[], onEnd: (() => void) | undefined) {
    this.room = room
    this.history = history
    this.signals = signals
    this.onEnd = onEnd
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
      const events = await this.history.next()
      if (events.length > 0) return events.map(frame).join('')
      if (!(await isWoken(this.wake.promise))) return ': heartbeat\n\n'
    }
    return undefined
  }

  /** Idempotent. */
  readonly end = (): void => {
    if (this.ended) return
    this.ended = true
    this.unsubscribe()
    for (const signal of this.signals) signal.removeEventListener('abort', this.end)
    this.wake.resolve()
    this.onEnd?.()
  }

  private unsubscribe(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe()
  }
}

const frame = (event: RoomEvent): string =>
  `id: ${event.epoch}:${event.seq}\ndata: ${JSON.stringify(event)}\n\n`

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
