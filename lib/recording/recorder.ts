import type { Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { CommandOutput } from '#lib/protocol/command-table.ts'
import {
  RECORDING_FORMAT,
  RECORDING_MAX_CHARS,
  RECORDING_MAX_EVENTS,
  RECORDING_VERSION,
  type RecordingHeader,
} from './format.ts'

/** What a recorder listens to and asks; a feed offers both. */
export interface RecorderSource {
  onEvents(listener: (events: readonly RoomEvent[]) => void): () => void
  /** A page of what the room still remembers. */
  page(since: { epoch: string; seq: number }): Promise<Reply<CommandOutput<'room:events'>>>
  /** The room as it is now. Rejects when it cannot be had. */
  snapshot(): Promise<RoomSnapshot>
}

/** `full`: the limit was met; what came before it is kept. `failed`: it never began. */
export type RecorderState = 'starting' | 'recording' | 'stopped' | 'full' | 'failed'

/**
 * Records a room's events in this browser, beginning with the history that the room still holds, so that the numbers
 * of the recording add up. Bounded by `RECORDING_MAX_EVENTS` and `RECORDING_MAX_CHARS`.
 */
export interface Recorder {
  readonly state: RecorderState
  /** Events kept so far. */
  readonly count: number
  /** When it was started, milliseconds since the epoch. */
  readonly startedAt: number
  /** Keeps what there is. Idempotent. */
  stop(): void
  /** The file's parts, once stopped or full: join them for its text. Null before, and where nothing was recorded. */
  parts(): readonly string[] | null
}

interface RecorderOptions {
  source: RecorderSource
  now: () => number
  /** State or count changed; called once a batch at most. */
  onChange(): void
  limits?: { events: number; chars: number }
}

export function createRecorder({ source, now, onChange, limits }: RecorderOptions): Recorder {
  const { events: eventsMax, chars: charsMax } = limits ?? {
    events: RECORDING_MAX_EVENTS,
    chars: RECORDING_MAX_CHARS,
  }
  const startedAt = now()
  const lines: string[] = []
  let chars = 0
  let state: RecorderState = 'starting'
  let begun: RoomSnapshot | null = null
  /** Live events that came while history was being read. */
  let early: RoomEvent[] = []
  let last = { epoch: '', seq: 0 }

  const set = (next: RecorderState): void => {
    state = next
    if (next !== 'starting' && next !== 'recording') unsubscribe()
    onChange()
  }
  const isOver = (): boolean => state !== 'starting' && state !== 'recording'

  const keep = (events: readonly RoomEvent[]): void => {
    for (const event of events) {
      if (event.epoch === last.epoch && event.seq <= last.seq && event.kind !== 'gap') continue
      const line = JSON.stringify(event)
      if (lines.length >= eventsMax || chars + line.length > charsMax) {
        set('full')
        return
      }
      lines.push(line)
      chars += line.length + 1
      last = { epoch: event.epoch, seq: event.seq }
    }
  }

  const unsubscribe = source.onEvents((events) => {
    if (state === 'starting') early.push(...events)
    else if (state === 'recording') {
      keep(events)
      onChange()
    }
  })

  const readHistory = async (snapshot: RoomSnapshot): Promise<boolean> => {
    let since = { epoch: snapshot.epoch, seq: 0 }
    for (;;) {
      const reply = await source.page(since)
      if (isOver()) return false
      if (!reply.ok || reply.value.epoch !== snapshot.epoch) return false
      keep(reply.value.events)
      const reached = reply.value.events.at(-1)?.seq ?? snapshot.seq
      if (isOver() || reached >= snapshot.seq || reached <= since.seq) return true
      since = { epoch: snapshot.epoch, seq: reached }
    }
  }

  const begin = async (): Promise<void> => {
    begun = await source.snapshot()
    const read = await readHistory(begun)
    if (isOver()) return
    if (!read) {
      set('failed')
      return
    }
    state = 'recording'
    keep(early)
    early = []
    onChange()
  }
  begin().catch(() => {
    // Whatever kept the room from answering, nothing was recorded, and the person is told so.
    if (!isOver()) set('failed')
  })

  const header = (snapshot: RoomSnapshot): RecordingHeader => ({
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    room: snapshot.room,
    epoch: snapshot.epoch,
    startedAt,
    startedSeq: snapshot.seq,
    events: lines.length,
    snapshot,
  })

  return {
    get state() {
      return state
    },
    get count() {
      return lines.length
    },
    startedAt,
    stop: () => {
      if (!isOver()) set(begun === null ? 'failed' : 'stopped')
    },
    parts: () => {
      if (begun === null || !isOver() || state === 'failed') return null
      return [`${JSON.stringify(header(begun))}\n`, ...lines.map((line) => `${line}\n`)]
    },
  }
}
