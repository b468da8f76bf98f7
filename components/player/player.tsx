'use client'

import { useEffect } from 'react'
import { type Replay, SPEEDS } from '#lib/recording/replay.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { formatCount, formatTime } from '../ui/format.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { isTyping } from '../ui/is-typing.ts'
import { onKey } from '../ui/on-key.ts'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { clockWords } from '../words/recording.ts'

/** A button is pressed by the space bar, and a log scrolls by it. */
const USES_SPACE = 'button, [role="log"]'
const hasOwnKeys = (target: EventTarget | null): boolean =>
  isTyping(target) || (target instanceof HTMLElement && target.matches(USES_SPACE))

const ON_KEY = {
  ' ': toggle,
  ',': (replay: Replay) => replay.seek(replay.position - 1),
  '.': (replay: Replay) => replay.seek(replay.position + 1),
}
export type PlayerKey = keyof typeof ON_KEY

/** The player's keys act wherever the focus is, unless it is on what has a use for them. */
function usePlayerKeys(replay: Replay): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const act = hasOwnKeys(event.target) ? undefined : onKey(ON_KEY, event.key)
      if (!act) return
      act(replay)
      event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [replay])
}

function toggle(replay: Replay): void {
  if (replay.playing) replay.pause()
  else replay.play()
}

function Speeds({ replay }: { replay: Replay }) {
  useSlice(() => replay.speed)
  return (
    <Segmented role="group" className="max-700:hidden" aria-label="Speed">
      {SPEEDS.map((speed) => (
        <Segment key={speed} chosen={speed === replay.speed} onClick={() => replay.setSpeed(speed)}>
          {speed}×
        </Segment>
      ))}
    </Segmented>
  )
}

/** Plays a recording, steps through it, and seeks to any moment of it. */
export function Player({ replay }: { replay: Replay }) {
  const position = useSlice(() => replay.position)
  const playing = useSlice(() => replay.playing)
  usePlayerKeys(replay)
  const moment = `${formatTime(replay.at)}, event ${formatCount(position)} of ${formatCount(replay.length)}`
  return (
    <section
      className="mx-4 mt-3 flex items-center gap-2 rounded-3 border-2 border-ink bg-surface px-3 py-2 max-700:mx-3 max-700:mt-2 max-700:flex-wrap"
      aria-label="Player"
    >
      <IconButton
        label="One event back"
        icon="step-back"
        title="One event back (,)"
        disabled={position === 0}
        onClick={() => replay.seek(position - 1)}
      />
      <IconButton
        look="solid"
        label={playing ? 'Pause' : 'Play'}
        title={playing ? 'Pause (space)' : 'Play (space)'}
        icon={playing ? 'pause' : 'play'}
        onClick={() => toggle(replay)}
      />
      <IconButton
        label="One event on"
        icon="step-on"
        title="One event on (.)"
        disabled={position === replay.length}
        onClick={() => replay.seek(position + 1)}
      />
      <input
        className="max-700:-order-1"
        type="range"
        aria-label="Moment of the recording"
        aria-valuetext={moment}
        min={0}
        max={replay.length}
        value={position}
        onChange={(event) => replay.seek(Number(event.target.value))}
      />
      <output className="min-w-52 flex-none whitespace-nowrap text-right fs-sm max-700:min-w-0">
        <b className="font-strong">{formatTime(replay.at)}</b> {clockWords(replay.at - replay.beganAt)}
        <span className="text-ink-3">
          {' '}
          {formatCount(position)} / {formatCount(replay.length)}
        </span>
      </output>
      <Speeds replay={replay} />
    </section>
  )
}
