import {
  type ChangeCounter,
  createChangeCounter,
  createFrames,
  type Frames,
} from '#lib/feed/change-counter.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { Recording } from './format.ts'
import { lessonStops } from './lesson-stops.ts'
import { openReplayCursor, type ReplayCursor } from './replay-cursor.ts'

/** How fast a recording may be played. */
export const SPEEDS = [0.5, 1, 2, 4, 8] as const
export type Speed = (typeof SPEEDS)[number]

/** A longer pause between two frames means that the page was hidden: playing goes on from where it stopped. */
const FRAME_MAX_MS = 250

/** A step is reported to those who draw events as they happen; a jump over more events than this is not. */
const STEP_MAX_EVENTS = 2_000

/** A recording as a room: its feed for the views, and the controls of a player. Closing it ends its frames. */
export interface Replay {
  /** Reads like a room's feed at this moment of the recording; refuses whatever would send or change something. */
  readonly feed: Feed
  readonly length: number
  readonly position: number
  readonly playing: boolean
  readonly speed: Speed
  /** Where playing stops by itself, for a lesson: see `lessonStops`. */
  readonly stops: readonly number[]
  /** When the moment shown was, and when the recording began, Unix time in milliseconds. */
  readonly at: number
  readonly beganAt: number
  seek(position: number): void
  /** To the next stop or the end. From the first stop, or the beginning, when it stands at the end. */
  play(): void
  pause(): void
  setSpeed(speed: Speed): void
  close(): void
}

interface ReplayOptions {
  yieldNow(): Promise<void>
  now?: () => number
  frames?: Frames
}

const REFUSAL: Failure = {
  ok: false,
  code: 'invalid',
  message: 'this is a recording: nothing in it can be changed',
}

/**
 * Opens a recording at its end; one that was begun before a lesson had shown what happens, at that moment. Whoever opens it
 * closes it.
 */
export async function openReplay(recording: Recording, options: ReplayOptions): Promise<Replay> {
  const cursor = await openReplayCursor(recording, options.yieldNow)
  const replay = new RecordingReplay(recording, cursor, options)
  if (recording.header.snapshot.lesson?.phase === 'question') replay.seek(replay.stops[0] ?? replay.length)
  return replay
}

class RecordingReplay implements Replay {
  readonly #events: readonly RoomEvent[]
  readonly #cursor: ReplayCursor
  readonly #now: () => number
  readonly #frames: Frames
  readonly #steps = createSignal<readonly RoomEvent[]>()
  readonly #counter: ChangeCounter
  readonly feed: Feed
  readonly stops: readonly number[]
  #pinned: string | null = null
  #speed: Speed = 1
  /** Cancels the next frame; null while paused. */
  #cancel: (() => void) | null = null
  #clock = { at: 0, played: 0 }

  constructor(recording: Recording, cursor: ReplayCursor, { now, frames }: ReplayOptions) {
    this.#events = recording.events
    this.stops = lessonStops(recording)
    this.#cursor = cursor
    this.#now = now ?? (() => performance.now())
    this.#frames = frames ?? createFrames()
    this.#counter = createChangeCounter(this.#frames, () => undefined)
    this.feed = this.#createFeed()
  }

  get length() {
    return this.#cursor.length
  }

  get position() {
    return this.#cursor.position
  }

  get playing() {
    return this.#cancel !== null
  }

  get speed() {
    return this.#speed
  }

  get at() {
    return this.#cursor.timeAt(this.position)
  }

  get beganAt() {
    return this.#cursor.timeAt(0)
  }

  seek = (position: number): void => {
    this.#goTo(position)
    this.#clock = { at: this.#now(), played: this.#cursor.playTime(this.position) }
  }

  play = (): void => {
    if (this.#cancel) return
    this.seek(this.position >= this.length ? (this.stops[0] ?? 0) : this.position)
    this.#cancel = this.#frames.request(this.#onFrame)
    this.#counter.touch()
  }

  pause = (): void => {
    this.#cancel?.()
    this.#cancel = null
    this.#counter.touch()
  }

  setSpeed = (speed: Speed): void => {
    this.#speed = speed
    this.#counter.touch()
  }

  close = (): void => {
    this.pause()
    this.#counter.close()
    this.#steps.clear()
  }

  #goTo(position: number): void {
    const from = this.position
    this.#cursor.seek(position)
    const step = this.position - from
    if (step > 0 && step <= STEP_MAX_EVENTS) this.#steps.emit(this.#events.slice(from, this.position))
    this.#counter.touch()
  }

  #onFrame = (): void => {
    const at = this.#now()
    const elapsed = Math.min(FRAME_MAX_MS, at - this.#clock.at)
    this.#clock = { at, played: this.#clock.played + elapsed * this.#speed }
    const end = this.stops.find((stop) => stop > this.position) ?? this.length
    const next = Math.min(end, this.#cursor.positionAt(this.#clock.played))
    if (next !== this.position) this.#goTo(next)
    if (this.position >= end) this.pause()
    else this.#cancel = this.#frames.request(this.#onFrame)
  }

  #pin(messageId: string | null): void {
    this.#pinned = messageId
    this.#counter.touch()
  }

  #createFeed(): Feed {
    const cursor = this.#cursor
    const counter = this.#counter
    const pinned = (): string | null => this.#pinned
    return {
      ...RECORDED,
      get views() {
        return cursor.ledger
      },
      get trace() {
        const { ledger } = cursor
        const messageId = pinned() ?? (ledger.newestWritten() ?? ledger.newest())?.messageId ?? null
        return { messageId, pinned: pinned() !== null, since: 0 }
      },
      get version() {
        return counter.version
      },
      subscribe: counter.subscribe,
      now: () => cursor.ledger.lastAt,
      onEvents: this.#steps.on,
      pin: (messageId) => this.#pin(messageId),
    }
  }
}

/** What every feed of a recording answers: nothing in it can be sent or changed. */
const RECORDED: Omit<Feed, 'views' | 'trace' | 'version' | 'subscribe' | 'now' | 'onEvents' | 'pin'> = {
  recorded: true,
  rights: null,
  connection: { state: 'live' },
  held: [],
  me: { id: 'recording', name: 'Recording', colour: 0 },
  send: ({ text }) =>
    Promise.resolve({ state: 'refused', refused: [{ system: 'all', code: REFUSAL.code, text }] }),
  discard: () => undefined,
  sendAgain: () => undefined,
  command: () => Promise.resolve(REFUSAL),
  rename: () => undefined,
  retryNow: () => undefined,
  close: () => undefined,
}
