'use client'

import { type RefObject, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import {
  heldTrace,
  isEmptyPlace,
  keptWords,
  type LaneRef,
  lanePlaces,
  laneTraceSignature,
  laneWords,
} from '../feed/lane-ref.ts'
import { emptyPlaceWords } from '../feed/place-score.ts'
import { InspectButton } from '../inspector/inspect-button.tsx'
import { MiniComposer } from '../send/mini-composer.tsx'
import { Glyph } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'
import { keptSentence, keptWord } from '../words/kept.ts'
import { heldScoreWords, nothingWords, scoreWords } from '../words/verdicts.ts'
import type { AnimationLoop } from './motion/animation-loop.ts'
import { useShownTrace } from './shown-trace.tsx'

/** How much slower than real time the animation runs. */
const SLOW_FACTOR = 20

const signature = (feed: Feed): string =>
  lanePlaces(feed)
    .map((lane) => `${isEmptyPlace(lane)} ${laneTraceSignature(feed, lane)}`)
    .join('\n')

/** One lane's score, as far as the picture shows it, and what the broker still keeps of the message. */
function LaneScore({ lane }: { lane: LaneRef }) {
  const { verdict, kept } = useShownTrace(lane)
  const isHeld = useSlice((feed) => heldTrace(feed, lane) !== undefined)
  const absent = useSlice(({ views, trace }) =>
    isEmptyPlace(lane)
      ? emptyPlaceWords(
          trace.messageId === null ? undefined : views.message(trace.messageId),
          lane.manifest.id,
        )
      : null,
  )
  const words = isHeld ? heldScoreWords() : scoreWords(verdict, laneWords(lane))
  const place = keptWords(lane)
  const stored = isHeld || verdict.kind === 'waiting' ? null : keptWord(kept, place)
  return (
    <li
      className="flex items-center gap-1.5 whitespace-nowrap"
      data-system={lane.manifest.id}
      title={keptSentence(kept, place) || undefined}
    >
      <Glyph manifest={lane.manifest} />
      <span className="vh">{lane.manifest.label}: </span>
      <b className="font-strong">
        {absent ?? (words.strong || (verdict.kind === 'none' ? '–' : words.rest))}
      </b>
      {stored && <span className="fs-sm text-ink-2 max-1600:hidden">{stored}</span>}
    </li>
  )
}

/** The traced message and its score on each lane. */
function TracedMessage() {
  useSlice(signature)
  const feed = useFeed()
  const message = feed.trace.messageId === null ? undefined : feed.views.message(feed.trace.messageId)
  return (
    <>
      <p className="flex min-w-0 flex-[2_1_0] items-center max-1200:flex-[1_0_100%] gap-2 whitespace-nowrap fs-lg max-1200:max-w-full max-700:fs-sm">
        {message ? (
          <>
            <Tag number={message.number} look="traced" />{' '}
            <b className="min-w-8 overflow-hidden text-ellipsis" title={message.sender ?? ''}>
              <bdi>{message.sender}</bdi>
            </b>{' '}
            <bdi className="min-w-0 flex-[1_1_0] overflow-hidden text-ellipsis" title={bodyWords(message)}>
              {bodyWords(message)}
            </bdi>
          </>
        ) : (
          <span className="text-ink-3">{nothingWords(feed.views.numbered)}.</span>
        )}
      </p>
      <ul
        className="grid flex-none grid-cols-[repeat(3,minmax(184px,auto))] gap-3 fs-md max-1600:grid-cols-[repeat(3,minmax(116px,auto))] max-1200:flex-1 max-1200:grid-cols-[repeat(3,auto)] max-700:basis-full max-700:fs-sm"
        aria-label="Who got it"
      >
        {lanePlaces(feed).map((lane) => (
          <LaneScore key={lane.manifest.id} lane={lane} />
        ))}
      </ul>
    </>
  )
}

interface Motion {
  paused: boolean
  slow: boolean
}

interface ControlsProps {
  loop: AnimationLoop | null
}

/** Pauses, steps and slows down the animation. */
function Controls({ loop }: ControlsProps) {
  const [{ paused, slow }, set] = useState<Motion>({ paused: false, slow: false })
  useEffect(() => loop?.setRunning(!paused), [loop, paused])
  useEffect(() => loop?.setSpeed(slow ? 1 / SLOW_FACTOR : 1), [loop, slow])
  const speed = (label: string, toSlow: boolean) => (
    <Segment
      role="radio"
      chosen={slow === toSlow}
      onClick={() => set((before) => ({ ...before, slow: toSlow }))}
    >
      {label}
    </Segment>
  )
  return (
    <div className="flex items-center gap-3 max-700:flex-wrap max-700:gap-2">
      <span className="present:hidden">
        <InspectButton />
      </span>
      <IconButton
        size="own"
        className="size-10 flex-none rounded-[50%] max-700:min-h-tap"
        label={paused ? 'Go on' : 'Pause the picture'}
        icon={paused ? 'play' : 'pause'}
        aria-pressed={paused}
        onClick={() => set((before) => ({ ...before, paused: !paused }))}
      />
      <IconButton label="Step one event" icon="step" disabled={!paused} onClick={() => loop?.step()} />
      <Segmented role="radiogroup" aria-label="Speed of the picture">
        {speed('Live', false)}
        {speed(`Slow ×${SLOW_FACTOR}`, true)}
      </Segmented>
    </div>
  )
}

interface FlowBarProps {
  loop: AnimationLoop | null
  field: RefObject<HTMLTextAreaElement | null> | undefined
}

/** The bar under the Flow: the traced message and who got it, a composer, and the controls of the animation. */
export const FlowBar = ({ loop, field }: FlowBarProps) => (
  <div
    className="flex min-h-15 items-center gap-4 border-t bg-surface px-4 py-2 max-1200:flex-wrap"
    data-part="flow-bar"
  >
    <TracedMessage />
    <MiniComposer field={field} />
    <Controls loop={loop} />
  </div>
)
