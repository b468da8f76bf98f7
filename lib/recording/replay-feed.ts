import { createChangeCounter } from '#lib/feed/change-counter.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { createFrames, type Frames } from '#lib/feed/frames.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { Recording } from './format.ts'
import { openReel } from './reel.ts'

/** How fast a recording may be played. */
export const SPEEDS = [0.5, 1, 2, 4, 8] as const
export type Speed = (typeof SPEEDS)[number]

/** A longer pause between two frames is the page's own (it was hidden): playing goes on from where it stood. */
const FRAME_MAX_MS = 250

/** A step is told to those who draw events as they happen; a jump over more than this is no happening. */
const TOLD_MAX_EVENTS = 2_000

/** A recording as a room: its feed for the views, and the controls of a player. Closing it ends its frames. */
export interface Replay {
  /** Reads like a room's feed at this moment of the recording; refuses whatever would send or change something. */
  readonly feed: Feed
  readonly length: number
  readonly position: number
  readonly playing: boolean
  readonly speed: Speed
  /** When the moment shown was, and when the recording began, milliseconds since the epoch. */
  readonly at: number
  readonly beganAt: number
  seek(position: number): void
  /** From the beginning when it stands at the end. */
  play(): void
  pause(): void
  setSpeed(speed: Speed): void
  close(): void
}

interface ReplayOptions {
  breathe(): Promise<void>
  now?: () => number
  frames?: Frames
}

const REFUSAL: Failure = {
  ok: false,
  code: 'invalid',
  message: 'this is a recording: nothing in it can be changed',
}

export async function openReplay(recording: Recording, options: ReplayOptions): Promise<Replay> {
  const { breathe, now = () => performance.now(), frames = createFrames() } = options
  const reel = await openReel(recording, breathe)
  const told = createSignal<readonly RoomEvent[]>()
  const counter = createChangeCounter(frames, () => undefined)
  let pinned: string | null = null
  let speed: Speed = 1
  let cancel: (() => void) | null = null
  let clock = { at: 0, played: 0 }

  const goTo = (position: number): void => {
    const from = reel.position
    reel.seek(position)
    const step = reel.position - from
    if (step > 0 && step <= TOLD_MAX_EVENTS) told.emit(recording.events.slice(from, reel.position))
    counter.touch()
  }
  const stop = (): void => {
    cancel?.()
    cancel = null
    counter.touch()
  }
  const onFrame = (): void => {
    const time = now()
    const elapsed = Math.min(FRAME_MAX_MS, time - clock.at)
    clock = { at: time, played: clock.played + elapsed * speed }
    const next = reel.positionAt(clock.played)
    if (next !== reel.position) goTo(next)
    if (reel.position >= reel.length) stop()
    else cancel = frames.request(onFrame)
  }
  /** The player's clock stands where the reel stands. */
  const wind = (position: number): void => {
    goTo(position)
    clock = { at: now(), played: reel.playTime(reel.position) }
  }

  return {
    feed: replayFeed(),
    length: reel.length,
    get position() {
      return reel.position
    },
    get playing() {
      return cancel !== null
    },
    get speed() {
      return speed
    },
    get at() {
      return reel.timeAt(reel.position)
    },
    beganAt: reel.timeAt(0),
    seek: wind,
    play: () => {
      if (cancel) return
      wind(reel.position >= reel.length ? 0 : reel.position)
      cancel = frames.request(onFrame)
      counter.touch()
    },
    pause: stop,
    setSpeed: (next) => {
      speed = next
      counter.touch()
    },
    close: () => {
      stop()
      counter.close()
      told.clear()
    },
  }

  function replayFeed(): Feed {
    return {
      recorded: true,
      get views() {
        return reel.ledger
      },
      line: { state: 'live' },
      held: [],
      get trace() {
        const messageId = pinned ?? reel.ledger.newest()?.messageId ?? null
        return { messageId, pinned: pinned !== null, since: 0 }
      },
      me: { id: 'recording', name: 'Recording', colour: 0 },
      get version() {
        return counter.version
      },
      subscribe: counter.subscribe,
      onEvents: told.on,
      send: ({ text }) =>
        Promise.resolve({ state: 'refused', refused: [{ system: 'all', code: REFUSAL.code, text }] }),
      discard: () => undefined,
      sendAgain: () => undefined,
      command: () => Promise.resolve(REFUSAL),
      pin: (messageId) => {
        pinned = messageId
        counter.touch()
      },
      rename: () => undefined,
      retryNow: () => undefined,
      close: () => undefined,
    }
  }
}
