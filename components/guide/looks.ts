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

/** How somebody who is or was away stands to the message sent meanwhile. */
function awayLook(feed: Feed, who: Someone | null, isBack: boolean): Look[] {
  const lane = who && laneOf(feed, who)
  if (!who || !lane) return []
  const ghost = laneTrace(feed, lane).ghosts.get(who.name)
  const { label } = lane.manifest
  const { consumerNoun } = lane.modeManifest
  const words = awayWords(guideFacts(feed).traced, ghost, { label, consumerNoun, consumer: who.name }, isBack)
  return [{ words, target: atConsumer(who) }]
}

/** The first lane from which nobody was taken away: there the message went as before. */
function untouchedLook(feed: Feed, away: ReadonlyArray<Someone | null>): Look[] {
  const lane = laneRefs(feed).find(({ manifest }) => !away.some((who) => who?.system === manifest.id))
  return lane ? [laneLook(feed, lane)] : []
}

/** What the step before has brought about, which is what there is to see when a step begins. */
export function looksFor(step: Exclude<GuideStep, { id: 'send' }>, feed: Feed): readonly Look[] {
  switch (step.id) {
    case 'crash':
      return laneRefs(feed).map((lane) => laneLook(feed, lane))
    case 'pause': {
      const lane = step.crashed && laneOf(feed, step.crashed)
      if (!step.crashed || !lane) return []
      const words = isHere(feed, step.crashed) ? backWords : crashedWords
      return [{ words: words(step.crashed.name, lane.modeManifest), target: atConsumer(step.crashed) }]
    }
    case 'send-away': {
      if (!step.paused) return []
      const words = isHere(feed, step.paused) ? resumedWords : pausedWords
      return [{ words: words(step.paused.name), target: atConsumer(step.paused) }]
    }
    case 'bring-back':
      return [
        ...[step.crashed, step.paused].flatMap((who) =>
          awayLook(feed, who, who !== null && isHere(feed, who)),
        ),
        ...untouchedLook(feed, [step.crashed, step.paused]),
      ]
    case 'end':
      return [...awayLook(feed, step.crashed, true), ...awayLook(feed, step.paused, true), { words: CLOSING }]
  }
}
