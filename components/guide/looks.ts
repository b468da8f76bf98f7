import type { Feed } from '#lib/feed/feed.ts'
import { type LaneRef, laneRefs, laneTrace } from '../feed/lane-ref.ts'
import {
  awayWords,
  backWords,
  CLOSING,
  crashedWords,
  laneGotWords,
  pausedWords,
  resumedWords,
} from '../words/guide.ts'
import { guideFacts, laneOf } from './guide-facts.ts'
import { OPENING } from './opening.ts'
import type { Target } from './pointers.tsx'
import type { GuideStep, Someone } from './steps.ts'

/** Something to look at, in words, and where it is. */
export interface Look {
  words: string
  target?: Target
}

export const OPENING_LOOK: readonly Look[] = [{ words: OPENING }]

const atConsumer = ({ system, name }: Someone): Target => ({ part: 'consumer', system, consumer: name })

/** Somebody may bring them back at any time, whichever step is shown. */
const isHere = (feed: Feed, who: Someone): boolean =>
  guideFacts(feed).consumers.some(({ id, state }) => id === who.id && state === 'attached')

function laneLook(feed: Feed, lane: LaneRef): Look {
  const { manifest, mode, modeManifest } = lane
  const { verdict } = laneTrace(feed, lane)
  return {
    words: laneGotWords({
      label: manifest.label,
      mode,
      consumerNoun: modeManifest.consumerNoun,
      verdict,
    }),
    target: { part: 'verdict', system: manifest.id },
  }
}

/** How a destination from which somebody was taken away, and those taken, stand to the message sent meanwhile. */
function awayLook(feed: Feed, away: readonly Someone[]): Look[] {
  const [first] = away
  const lane = first && laneOf(feed, first)
  if (!lane) return []
  const { cords, ghosts } = laneTrace(feed, lane)
  const has = guideFacts(feed).consumers.filter(
    ({ system, name }) => system === first.system && cords.has(name),
  )
  // Of several the one who says most: who has it now, else who waits for it.
  const who =
    away.find(({ name }) => cords.has(name)) ??
    away.find(({ name }) => ghosts.get(name)?.why === 'paused') ??
    first
  const words = awayWords({
    number: guideFacts(feed).traced,
    ghost: ghosts.get(who.name),
    consumer: who.name,
    isBack: isHere(feed, who),
    holders: has.map(({ name }) => name),
    lane: { label: lane.manifest.label, mode: lane.mode, consumerNoun: lane.modeManifest.consumerNoun },
  })
  return [{ words, target: atConsumer(who) }]
}

/** The lanes in their order: those from which somebody was taken away, and the others, where the message went as before. */
function meanwhileLooks(
  feed: Feed,
  { crashed, others }: Extract<GuideStep, { id: 'bring-back' | 'end' }>,
): Look[] {
  const away = [...(crashed ? [crashed] : []), ...others]
  return laneRefs(feed).flatMap((lane) => {
    const here = away.filter(({ system }) => system === lane.manifest.id)
    return here.length === 0 ? [laneLook(feed, lane)] : awayLook(feed, here)
  })
}

/** One look for each way of being away. */
function takenLooks(feed: Feed, taken: readonly Someone[]): Look[] {
  const isPaused = ({ id }: Someone) =>
    guideFacts(feed).consumers.some((one) => one.id === id && one.state === 'paused')
  const paused = taken.filter((who) => isPaused(who))
  const [first] = paused
  return [
    ...taken.filter((who) => !isPaused(who)).flatMap((who) => cutLook(feed, who)),
    ...(first ? [{ words: pausedWords(paused.map(({ name }) => name)), target: atConsumer(first) }] : []),
  ]
}

function cutLook(feed: Feed, who: Someone): Look[] {
  const lane = laneOf(feed, who)
  if (!lane) return []
  const wasPaused = who.state === 'paused'
  const words = isHere(feed, who)
    ? wasPaused
      ? resumedWords(who.name)
      : backWords(who.name, lane.modeManifest)
    : crashedWords(who.name, lane.modeManifest)
  return [{ words, target: atConsumer(who) }]
}

/** What the step before has brought about, which is what there is to see when a step begins. */
export function looksFor(step: Exclude<GuideStep, { id: 'send' }>, feed: Feed): readonly Look[] {
  switch (step.id) {
    case 'crash':
      return laneRefs(feed).map((lane) => laneLook(feed, lane))
    case 'take-away':
      return step.crashed ? cutLook(feed, step.crashed) : []
    case 'send-away':
      return takenLooks(feed, step.others)
    case 'bring-back':
      return meanwhileLooks(feed, step)
    case 'end':
      return [...meanwhileLooks(feed, step), { words: CLOSING }]
  }
}
