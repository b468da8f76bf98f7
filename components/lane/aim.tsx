'use client'

import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Lamp } from '../trouble/lamp.tsx'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { makingWords, shownWords } from '../words/modes.ts'
import { DestinationBox } from './destination-box.tsx'
import { useHoldings } from './holdings.ts'
import { ModeSwitch } from './mode-switch.tsx'
import { type Making, type ModeChoice, useModeChoice } from './use-mode-choice.ts'

interface NoteProps {
  making: Making
  lane: LaneRef
  choice: Pick<ModeChoice, 'forget' | 'goBack'>
}

function AimNote({ making, lane, choice }: NoteProps) {
  switch (making.state) {
    case 'idle':
      return null
    case 'making': {
      const { plan } = making
      return (
        <p className="flex items-center gap-2 text-ink-2 text-xs" role="status" data-part="aim-note">
          <Lamp word="connecting" />
          {makingWords(modeAt(lane.manifest, plan)?.noun ?? plan.mode, plan.name)}
        </p>
      )
    }
    case 'failed':
      return (
        <p className="flex items-center gap-2 text-bad text-xs" role="alert" data-part="aim-note">
          <span className="min-w-0 flex-1">{making.words}</span>
          <IconButton icon="x" look="quiet" size="sm" label="Put this away" onClick={choice.forget} />
        </p>
      )
    case 'shown':
      // Another destination was chosen since: the note is about none of what is shown.
      if (making.destination !== lane.destination) return null
      return (
        <p className="flex items-center gap-1 text-ink-2 text-xs" aria-live="polite" data-part="shown-note">
          <span className="min-w-0 flex-1 wrap-anywhere">
            {shownWords(making.mode, making.destination, making.before)}
          </span>
          <Button
            size="sm"
            className="flex-none"
            onClick={choice.goBack}
            aria-label={`Back to ${making.before}`}
          >
            Back
          </Button>
          <IconButton icon="x" look="quiet" size="sm" label="Put this away" onClick={choice.forget} />
        </p>
      )
    default:
      return unreachable(making)
  }
}

/** A longer name needs the room of the mode's word beside it; its mark stays. */
const ROOMY_CHARS = 15

/** Where one writes to: which semantics, and which destination. */
export function Aim({ lane, up }: { lane: LaneRef; up: boolean }) {
  const choice = useModeChoice(lane)
  const { making } = choice
  const feed = useFeed()
  const mayMake = useMay('destination:add')
  /** A mode that the room has no destination of yet: choosing it makes one. */
  const whyNot = (mode: Mode): string | null => {
    const isThere =
      mode === lane.mode || laneChoice.among(lane.manifest.id, feed.views.destinations, mode) !== undefined
    return isThere ? null : (mayMake.why ?? null)
  }
  const elsewhere = useHoldings(lane.manifest.id).filter(
    ({ destination }) => destination !== lane.destination,
  )
  return (
    <>
      <div className="flex min-w-0 flex-wrap items-center gap-1">
        <ModeSwitch
          label={`Mode for ${lane.manifest.label}`}
          manifest={lane.manifest}
          value={lane.mode}
          tight={MODE_LABEL[lane.mode].length + lane.destination.length > ROOMY_CHARS}
          {...(making.state === 'making' ? { busy: making.plan.mode } : {})}
          holdings={elsewhere}
          whyNot={whyNot}
          onChoose={choice.choose}
        />
        <DestinationBox lane={lane} choice={choice} up={up} />
      </div>
      <AimNote making={making} lane={lane} choice={choice} />
    </>
  )
}
