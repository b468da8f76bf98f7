'use client'

import { useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, laneTrace, laneWords, receiversOf } from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { useBroker, useLaneStructure } from '../feed/use-lane.ts'
import { plural } from '../ui/format.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { allHereWords } from '../words/seats.ts'
import { plain, type Sentence, sentence } from '../words/sentence.ts'
import { nothingWords, verdictWords } from '../words/verdicts.ts'
import { SeatMap } from './seat-map.tsx'
import { SeatPlan } from './seat-plan.ts'
import { useSettled } from './use-settled.ts'

/** What a line of 34 px has room for; a longer sentence is written smaller, in two lines. */
const LARGE_MAX_CHARS = 28
/** A score that is longer than "1 per group". */
const SCORE_MAX_CHARS = 12

function wordsOf(feed: Feed, lane: LaneRef): { score: string; verdict: Sentence } {
  const { verdict } = laneTrace(feed, lane)
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  const said =
    verdict.kind === 'none'
      ? sentence('', nothingWords(feed.views.numbered))
      : verdictWords(verdict, laneWords(lane), number)
  return { score: placeScoreWords(feed, lane).strong, verdict: { ...said, strong: '' } }
}

/** How many got the traced message, and what that makes of the destination: announced once for each message. */
function Score({ lane, receivers }: { lane: LaneRef; receivers: number }) {
  const feed = useFeed()
  useSlice((one) => JSON.stringify(wordsOf(one, lane)))
  const { score, verdict } = wordsOf(feed, lane)
  const noun = lane.modeManifest.consumerNoun
  const shown = score || (verdict.aside === undefined && feed.trace.messageId ? '…' : plural(receivers, noun))
  const words = plain(verdict)
  const announced = useSettled(`${lane.manifest.label}: ${shown} ${words}`, feed.trace.messageId)
  const [lead, tail] = splitLast(words)
  return (
    <div className="flex h-34 flex-col whitespace-nowrap">
      <p className="vh" role="status">
        {announced}
      </p>
      <p
        className={`h-21 font-strong tracking-tight ${shown.length > SCORE_MAX_CHARS ? 'text-2xl' : 'text-3xl'}`}
        data-part="score"
        aria-hidden="true"
      >
        {shown}
      </p>
      <p
        className={`flex min-h-0 flex-1 items-center gap-3 ${words.length > LARGE_MAX_CHARS ? 'whitespace-normal leading-[26px] fs-xs' : 'text-lg'}`}
        data-part="verdict"
        aria-hidden="true"
      >
        <ModeMark mode={lane.mode} className="size-7.5 text-hue" />
        <span className="line-clamp-2">
          {lead}
          {tail && <b className="font-strong">{tail}</b>}
        </span>
      </p>
    </div>
  )
}

/** "got #7: " and "a queue": what the deliveries make of it stands out. */
function splitLast(words: string): [lead: string, tail: string] {
  const colon = words.indexOf(': ')
  return colon === -1 ? [words, ''] : [words.slice(0, colon + 2), words.slice(colon + 2)]
}

/** One broker's part of the stage: how many got the traced message, and a seat for each of its consumers. */
export function SeatBlock({ lane, size }: { lane: LaneRef; size: { width: number; height: number } }) {
  const feed = useFeed()
  const { manifest, modeManifest, destination } = lane
  const view = useLaneStructure(lane)
  const status = statusWord(useBroker(manifest.id))
  const [plan] = useState(() => new SeatPlan())
  const receivers = receiversOf(view?.consumers ?? [])
  const groups = plan.seat(receivers, modeManifest.can.groups)
  const otherwise = useSlice((one) =>
    allHereWords(receivers.length, laneTrace(one, lane).kept, {
      label: manifest.label,
      noun: modeManifest.consumerNoun,
      ...(status === 'up' ? {} : { off: status }),
    }),
  )
  const name = `${manifest.label} ${destination}`
  return (
    <section
      className="grid min-w-0 grid-rows-[52px_136px_minmax(0,1fr)_40px] rounded-3 border bg-surface px-6 pt-4 pb-3.5"
      style={hueStyle(manifest)}
      aria-label={name}
      data-system={manifest.id}
    >
      <header className="flex items-center gap-3.5 whitespace-nowrap">
        <Glyph manifest={manifest} className="size-11" />
        <h2 className="font-strong text-lg tracking-tight">{manifest.label}</h2>
        {status !== 'up' && feed.views.epoch !== null && (
          <p className="rounded-1 bg-bad px-2.5 font-strong text-on-bad text-xs">{status}</p>
        )}
        <code className="ml-auto overflow-hidden text-ellipsis text-ink-2 fs-xs" title={destination}>
          {destination}
        </code>
      </header>
      <Score lane={lane} receivers={receivers.length} />
      <SeatMap lane={lane} groups={groups} size={size} otherwise={otherwise} />
    </section>
  )
}
