'use client'

import { type Replay, SPEEDS } from '#lib/recording/replay.ts'
import { togglePlaying, usePlayerKeys } from '../actions/use-player-keys.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { formatCount, formatTime } from '../ui/format.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { clockWords } from '../words/recording.ts'

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
        onClick={() => togglePlaying(replay)}
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
