import type { CommandOutput } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import {
  RECORDING_FORMAT,
  RECORDING_MAX_CHARS,
  RECORDING_MAX_EVENTS,
  RECORDING_VERSION,
  type RecordingHeader,
} from './format.ts'

/** Where a recorder gets its events; a feed offers all of it. */
export interface RecorderSource {
  onEvents(listener: (events: readonly RoomEvent[]) => void): () => void
  /** A page of what the room still remembers. */
  page(since: { epoch: string; seq: number }): Promise<Reply<CommandOutput<'room:events'>>>
  /** The room as it is now. Rejects when it cannot be had. */
  snapshot(): Promise<RoomSnapshot>
}

/** `full`: the limit was reached; what came before it is kept. `failed`: it never began. */
export type RecorderState = 'starting' | 'recording' | 'stopped' | 'full' | 'failed'

/**
 * Records a room's events in this browser, beginning with the history that the room still holds, so that the numbers
 * of the recording add up. Bounded by `RECORDING_MAX_EVENTS` and `RECORDING_MAX_CHARS`.
 */
export interface Recorder {
  readonly state: RecorderState
  /** Events kept so far. */
  readonly count: number
  /** Which limit ended it, where it is full. */
  readonly fullOf: 'events' | 'chars' | null
  /** When it was started, Unix time in milliseconds. */
  readonly startedAt: number
  /** Keeps what there is. Idempotent. */
  stop(): void
  /** The file's parts, once stopped or full: join them for its text. Null before, and where nothing was recorded. */
  parts(): readonly string[] | null
}

interface RecorderOptions {
  source: RecorderSource
  now: () => number
  /** State or count changed; called at most once a batch. */
  onChange(): void
  limits?: { events: number; chars: number }
}

/** Begins at once. `stop` ends it. */
export const createRecorder = (options: RecorderOptions): Recorder => new EventRecorder(options)

class EventRecorder implements Recorder {
  readonly #options: RecorderOptions
  readonly #limits: { events: number; chars: number }
  readonly startedAt: number
  readonly #lines: string[] = []
  #chars = 0
  #fullOf: Recorder['fullOf'] = null
  #state: RecorderState = 'starting'
  /** The room when recording began; null until it answered. */
  #snapshot: RoomSnapshot | null = null
  /** Live events that came while history was being read. */
  #early: RoomEvent[] = []
  #last = { epoch: '', seq: 0 }
  readonly #unsubscribe: () => void

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#limits = options.limits ?? { events: RECORDING_MAX_EVENTS, chars: RECORDING_MAX_CHARS }
    this.startedAt = options.now()
    this.#unsubscribe = options.source.onEvents((events) => this.#take(events))
    this.#begin().catch(() => {
      // Whatever kept the room from answering, nothing was recorded, and the state says so.
      if (!this.#isOver()) this.#set('failed')
    })
  }

  get state() {
    return this.#state
  }

  get count() {
    return this.#lines.length
  }

  get fullOf() {
    return this.#fullOf
  }

  stop = (): void => {
    if (!this.#isOver()) this.#set(this.#snapshot === null ? 'failed' : 'stopped')
  }

  parts = (): readonly string[] | null => {
    if (this.#snapshot === null || !this.#isOver() || this.#state === 'failed') return null
    return [`${JSON.stringify(this.#header(this.#snapshot))}\n`, ...this.#lines.map((line) => `${line}\n`)]
  }

  #set(next: RecorderState): void {
    this.#state = next
    if (this.#isOver()) this.#unsubscribe()
    this.#options.onChange()
  }

  #isOver(): boolean {
    return this.#state !== 'starting' && this.#state !== 'recording'
  }

  async #begin(): Promise<void> {
    const snapshot = await this.#options.source.snapshot()
    this.#snapshot = snapshot
    const complete = await this.#readHistory(snapshot)
    if (this.#isOver()) return
    if (!complete) {
      this.#set('failed')
      return
    }
    this.#state = 'recording'
    this.#keep(this.#early)
    this.#early = []
    this.#options.onChange()
  }

  async #readHistory(snapshot: RoomSnapshot): Promise<boolean> {
    let since = { epoch: snapshot.epoch, seq: 0 }
    for (;;) {
      const reply = await this.#options.source.page(since)
      if (this.#isOver()) return false
      if (!reply.ok || reply.value.epoch !== snapshot.epoch) return false
      this.#keep(reply.value.events)
      const reached = reply.value.events.at(-1)?.seq ?? snapshot.seq
      if (this.#isOver() || reached >= snapshot.seq || reached <= since.seq) return true
      since = { epoch: snapshot.epoch, seq: reached }
    }
  }

  #take(events: readonly RoomEvent[]): void {
    if (this.#state === 'starting') this.#early.push(...events)
    else if (this.#state === 'recording') {
      this.#keep(events)
      this.#options.onChange()
    }
  }

  #keep(events: readonly RoomEvent[]): void {
    for (const event of events) {
      if (event.epoch === this.#last.epoch && event.seq <= this.#last.seq && event.kind !== 'gap') continue
      const line = JSON.stringify(event)
      if (this.#lines.length >= this.#limits.events) this.#fullOf = 'events'
      else if (this.#chars + line.length > this.#limits.chars) this.#fullOf = 'chars'
      if (this.#fullOf !== null) {
        this.#set('full')
        return
      }
      this.#lines.push(line)
      this.#chars += line.length + 1
      this.#last = { epoch: event.epoch, seq: event.seq }
    }
  }

  #header(snapshot: RoomSnapshot): RecordingHeader {
    return {
      format: RECORDING_FORMAT,
      version: RECORDING_VERSION,
      room: snapshot.room,
      epoch: snapshot.epoch,
      startedAt: this.startedAt,
      startedSeq: snapshot.seq,
      events: this.#lines.length,
      snapshot,
    }
  }
}
