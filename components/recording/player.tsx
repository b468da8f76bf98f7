'use client'

import { useEffect } from 'react'
import { type Replay, SPEEDS } from '#lib/recording/replay.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { formatCount, formatTime } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { clockWords } from '../words/recording.ts'

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select, button, [role="log"]')

/** Space plays and pauses, comma and full stop step, wherever nobody types. */
function usePlayerKeys(replay: Replay): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target)) return
      if (event.key === ' ') toggle(replay)
      else if (event.key === ',') replay.seek(replay.position - 1)
      else if (event.key === '.') replay.seek(replay.position + 1)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [replay])
}

function toggle(replay: Replay): void {
  if (replay.playing) replay.pause()
  else replay.play()
}

function Speeds({ replay }: { replay: Replay }) {
  useSlice(() => replay.speed)
  return (
    <fieldset className="seg speeds" aria-label="Speed">
      {SPEEDS.map((speed) => (
        <button
          key={speed}
          type="button"
          aria-pressed={speed === replay.speed}
          onClick={() => replay.setSpeed(speed)}
        >
          {speed}×
        </button>
      ))}
    </fieldset>
  )
}

/** Plays a recording, steps through it, and goes to any moment of it. */
export function Player({ replay }: { replay: Replay }) {
  const position = useSlice(() => replay.position)
  const playing = useSlice(() => replay.playing)
  usePlayerKeys(replay)
  const moment = `${formatTime(replay.at)}, event ${formatCount(position)} of ${formatCount(replay.length)}`
  return (
    <section className="player" aria-label="Player">
      <button
        type="button"
        className="btn ico"
        aria-label="One event back"
        title="One event back (,)"
        disabled={position === 0}
        onClick={() => replay.seek(position - 1)}
      >
        <Icon name="step-back" />
      </button>
      <button
        type="button"
        className="btn solid ico"
        aria-label={playing ? 'Pause' : 'Play'}
        title={playing ? 'Pause (space)' : 'Play (space)'}
        onClick={() => toggle(replay)}
      >
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <button
        type="button"
        className="btn ico"
        aria-label="One event on"
        title="One event on (.)"
        disabled={position === replay.length}
        onClick={() => replay.seek(position + 1)}
      >
        <Icon name="step-on" />
      </button>
      <input
        className="scrub"
        type="range"
        aria-label="Moment of the recording"
        aria-valuetext={moment}
        min={0}
        max={replay.length}
        value={position}
        onChange={(event) => replay.seek(Number(event.target.value))}
      />
      <output className="moment">
        <b>{formatTime(replay.at)}</b> {clockWords(replay.at - replay.beganAt)}
        <span className="muted">
          {' '}
          {formatCount(position)} / {formatCount(replay.length)}
        </span>
      </output>
      <Speeds replay={replay} />
    </section>
  )
}
