'use client'

import { useState } from 'react'
import type { Mode } from '#lib/protocol/names.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import { makeDestination, type Plan, starterPlan } from './make-destination.ts'

/** What a lane is doing to show another destination. */
export type Making =
  | { state: 'idle' }
  | { state: 'making'; plan: Plan }
  | { state: 'failed'; mode: Mode; words: string }
  /** A mode was chosen: the lane shows this destination, and showed `before`. */
  | { state: 'shown'; destination: string; mode: Mode; before: string }

export interface ModeChoice {
  making: Making
  /** Shows the lane's destination of that mode; where there is none yet, makes one. */
  choose(mode: Mode): void
  /** Makes a destination and shows it. Answers in words what went wrong, or null. */
  make(plan: Plan): Promise<string | null>
  forget(): void
  /** Shows the destination that the lane showed before a mode was chosen. */
  goBack(): void
}

/** Changes what a lane shows. When something goes wrong the lane is left as it was, and says so. */
export function useModeChoice(lane: LaneRef): ModeChoice {
  const feed = useFeed()
  const [making, setMaking] = useState<Making>({ state: 'idle' })
  const { id: system, label, modes } = lane.manifest

  async function make(plan: Plan): Promise<string | null> {
    const before = lane.destination
    setMaking({ state: 'making', plan })
    const made = await makeDestination(feed, plan, (name) => laneChoice.choose(system, name))
    setMaking({ state: 'idle' })
    if (made.ok) return null
    laneChoice.choose(system, before)
    return errorWords(made.code, { label, ...made })
  }

  async function choose(mode: Mode): Promise<void> {
    const modeManifest = modes[mode]
    if (mode === lane.mode || !modeManifest || making.state === 'making') return
    const before = lane.destination
    const known = laneChoice.among(system, feed.views.destinations, mode)
    if (known) {
      setMaking({ state: 'shown', destination: known.name, mode, before })
      laneChoice.choose(system, known.name)
      return
    }
    const plan = starterPlan(system, mode, modeManifest, feed.views.destinations)
    const words = await make(plan)
    if (words === null) {
      setMaking({ state: 'shown', destination: plan.name, mode, before })
      return
    }
    // Somebody else made one in the same moment: then that is the one.
    const theirs = laneChoice.among(system, feed.views.destinations, mode)
    if (theirs) laneChoice.choose(system, theirs.name)
    else setMaking({ state: 'failed', mode, words })
  }

  return {
    making,
    choose: (mode) => void choose(mode),
    make,
    forget: () => setMaking({ state: 'idle' }),
    goBack: () => {
      if (making.state === 'shown') laneChoice.choose(system, making.before)
      setMaking({ state: 'idle' })
    },
  }
}
