'use client'

import type { Facts } from '#lib/protocol/facts.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useLaneNumbers } from '../feed/use-lane.ts'
import { BoxTitle, Hint } from '../ui/box-text.tsx'
import { FactList } from '../ui/fact-list.tsx'
import { formatTime } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { factLines, outsideCount, outsideNote } from '../words/facts.ts'

/** Lines shown; a lane of hundreds of consumers has more. */
const LINES_SHOWN = 60

function Lines({ facts }: { facts: Facts }) {
  const lines = factLines(facts)
  const outside = outsideCount(facts)
  return (
    <>
      {outside > 0 && (
        <p className="flex items-center gap-2 font-strong fs-sm">
          <Icon name="outside" />
          {outsideNote(outside)}
        </p>
      )}
      <FactList lines={lines.slice(0, LINES_SHOWN)} />
      {lines.length > LINES_SHOWN && <Hint>and {lines.length - LINES_SHOWN} lines more</Hint>}
    </>
  )
}

function MoreBox({ lane }: { lane: LaneRef }) {
  const view = useLaneNumbers(lane)
  const facts = view?.facts
  if (!view || !facts) return <Hint>{lane.manifest.label} has reported nothing yet.</Hint>
  return (
    <>
      <BoxTitle>
        {lane.manifest.label} about {lane.destination}
      </BoxTitle>
      {view.destination.traits.length > 0 && (
        <p className="text-ink-2 text-sm">{view.destination.traits.join(', ')}</p>
      )}
      <Lines facts={facts.facts} />
      <Hint>Read from the broker at {formatTime(facts.at)}.</Hint>
    </>
  )
}

/** Everything else that the broker reports about this destination. */
export const KeepMore = ({ lane }: { lane: LaneRef }) => (
  <Popover
    buttonStyle={{
      look: 'quiet',
      size: 'sm',
      square: true,
      className: '-my-1 -mr-2 -ml-1 present:hidden',
    }}
    className="w-85"
    label={`More from ${lane.manifest.label} about ${lane.destination}`}
    title="More from the broker"
    align="start"
    button={<Icon name="more" />}
  >
    {() => <MoreBox lane={lane} />}
  </Popover>
)
