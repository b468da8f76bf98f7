'use client'

import { type RefObject, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, laneRefs, laneTrace, laneTraceSignature, laneWords } from '../feed/lane-ref.ts'
import { InspectButton } from '../inspector/inspect-button.tsx'
import { MiniComposer } from '../send/mini-composer.tsx'
import { Glyph, Icon } from '../ui/icon.tsx'
import { Tag } from '../ui/tag.tsx'
import { heldScoreWords, scoreWords, verdictWords } from '../words/verdicts.ts'
import type { Stage } from './motion/stage.ts'

/** How much slower the drawing runs; measured times stay what they are. */
const SLOW_FACTOR = 20

const signature = (feed: Feed): string =>
  laneRefs(feed)
    .map((lane) => laneTraceSignature(feed, lane))
    .join('\n')

/** The traced message and its score on each lane. */
function Said() {
  useSlice(signature)
  const feed = useFeed()
  const message = feed.trace.messageId === null ? undefined : feed.views.message(feed.trace.messageId)
  return (
    <>
      <p className="flow-said">
        {message ? (
          <>
            <Tag number={message.number} traced /> <b>{message.sender}</b>{' '}
            <span className="text">{message.text}</span>
          </>
        ) : (
          <span className="muted">Nothing sent yet.</span>
        )}
      </p>
      <ul className="flow-res" aria-label="Who got it">
        {laneRefs(feed).map((lane) => {
          const { verdict } = laneTrace(feed, lane)
          const words = heldTrace(feed, lane) ? heldScoreWords() : scoreWords(verdict, laneWords(feed, lane))
          const isGot = verdict.kind === 'got' || verdict.kind === 'none'
          const short = isGot
            ? verdictWords(verdict, laneWords(feed, lane), null).strong
            : words.strong || words.rest
          return (
            <li key={lane.manifest.id} data-system={lane.manifest.id}>
              <Glyph manifest={lane.manifest} />
              <span className="vh">{lane.manifest.label}: </span>
              <b>{short || '–'}</b>
            </li>
          )
        })}
      </ul>
    </>
  )
}

interface Motion {
  paused: boolean
  slow: boolean
}

interface ControlsProps {
  stage: Stage | null
}

/** The picture's own time: pause, step, and a twentieth of the speed. */
function Controls({ stage }: ControlsProps) {
  const [{ paused, slow }, set] = useState<Motion>({ paused: false, slow: false })
  useEffect(() => stage?.setRunning(!paused), [stage, paused])
  useEffect(() => stage?.setSpeed(slow ? 1 / SLOW_FACTOR : 1), [stage, slow])
  const speed = (label: string, toSlow: boolean) => (
    // biome-ignore lint/a11y/useSemanticElements: a segmented control; the arrows of a radio group are not needed for two
    <button
      type="button"
      role="radio"
      aria-checked={slow === toSlow}
      onClick={() => set((before) => ({ ...before, slow: toSlow }))}
    >
      {label}
    </button>
  )
  return (
    <div className="flow-controls">
      <span className="only-desk">
        <InspectButton />
      </span>
      <button
        type="button"
        className="btn ico round"
        aria-label={paused ? 'Go on' : 'Pause the picture'}
        aria-pressed={paused}
        onClick={() => set((before) => ({ ...before, paused: !paused }))}
      >
        <Icon name={paused ? 'play' : 'pause'} />
      </button>
      <button
        type="button"
        className="btn ico"
        aria-label="Step one event"
        disabled={!paused}
        onClick={() => stage?.step()}
      >
        <Icon name="step" />
      </button>
      <div className="seg" role="radiogroup" aria-label="Speed of the picture">
        {speed('Live', false)}
        {speed(`Slow ×${SLOW_FACTOR}`, true)}
      </div>
    </div>
  )
}

interface DeckProps {
  stage: Stage | null
  field: RefObject<HTMLInputElement | null> | undefined
}

/** Under the flow: what is traced and who got it, where to write, and the picture's own time. */
export const Deck = ({ stage, field }: DeckProps) => (
  <div className="flow-deck">
    <Said />
    <MiniComposer field={field} />
    <Controls stage={stage} />
  </div>
)
