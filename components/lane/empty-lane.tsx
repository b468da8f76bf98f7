'use client'

import { useState } from 'react'
import type { SystemProfile } from '#lib/brokers/contract.ts'
import { type Mode, modeSchema } from '#lib/protocol/names.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import { useBroker } from '../feed/use-lane.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Glyph, Icon, ModeMark } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { errorWords } from '../words/errors.ts'
import { emptyLaneWords, MODE_NOUN } from '../words/modes.ts'
import { makeDestination, starterPlan } from './make-destination.ts'

/** Makes the starter of a mode and shows it. Returns in words what went wrong, or null. */
function useMaking({ id: system, label, modes }: SystemProfile) {
  const feed = useFeed()
  const [making, setMaking] = useState<Mode | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  async function make(mode: Mode): Promise<void> {
    const modeManifest = modes[mode]
    if (!modeManifest || making !== null) return
    setMaking(mode)
    const plan = starterPlan(system, mode, modeManifest, feed.views.destinations)
    const made = await makeDestination(feed, plan, (name) => laneChoice.choose(system, name))
    setMaking(null)
    setProblem(made.ok ? null : errorWords(made.code, { label, ...made }))
  }
  return { making, problem, make: (mode: Mode) => void make(mode) }
}

/** A system on which the room has no destination any more: nothing is drawn that is not there, and one can be added. */
export function EmptyLane({ manifest, shown }: { manifest: SystemProfile; shown: boolean }) {
  const { making, problem, make } = useMaking(manifest)
  const isUp = useBroker(manifest.id)?.status === 'up'
  const modes = modeSchema.options.filter((mode) => manifest.modes[mode] !== undefined)
  return (
    <section
      className="grid min-h-0 min-w-0 content-center justify-items-start gap-2 overflow-hidden rounded-3 border border-dashed bg-surface px-4 py-3 max-700:hidden max-700:data-[shown=true]:grid"
      style={hueStyle(manifest)}
      aria-label={`${manifest.label}: no destination`}
      data-system={manifest.id}
      data-shown={shown}
    >
      <h2 className="flex items-center gap-2 font-strong fs-lg tracking-tight">
        <Glyph manifest={manifest} className="size-6" />
        {manifest.label}
      </h2>
      <p className="text-ink-2 text-sm">{emptyLaneWords(manifest.label)}</p>
      <div className="flex flex-wrap items-center gap-2 recorded:hidden">
        {modes.map((mode) => (
          <Button key={mode} size="sm" disabled={!isUp || making !== null} onClick={() => make(mode)}>
            {making === mode ? <ModeMark mode={mode} /> : <Icon name="plus" />}
            Add {MODE_NOUN[mode]}
          </Button>
        ))}
      </div>
      {problem !== null && <Refusal>{problem}</Refusal>}
    </section>
  )
}
