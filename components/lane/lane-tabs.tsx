'use client'

import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, type LaneRef, laneTrace, laneTraceSignature, laneWords } from '../feed/lane-ref.ts'
import { Glyph } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { scoreWords } from '../words/verdicts.ts'

function TabScore({ lane }: { lane: LaneRef }) {
  useSlice((feed) => laneTraceSignature(feed, lane))
  const word = useSlice(({ views }) => statusWord(views.broker(lane.manifest.id)))
  const feed = useFeed()
  if (word !== 'up') return <span className="tab-score">{word}</span>
  if (heldTrace(feed, lane)) return <span className="tab-score">held</span>
  const { verdict } = laneTrace(feed, lane)
  const words = scoreWords(verdict, laneWords(feed, lane))
  return <span className="tab-score">{words.strong || (verdict.kind === 'none' ? '' : words.rest)}</span>
}

interface LaneTabsProps {
  lanes: readonly LaneRef[]
  shown: string | undefined
  onShow(system: string): void
}

/** On a phone one lane is seen at a time; each tab tells its lane's score, so that the comparison stays. */
export const LaneTabs = ({ lanes, shown, onShow }: LaneTabsProps) => (
  <nav className="lane-tabs" aria-label="Lanes">
    {lanes.map((lane) => (
      <button
        key={lane.manifest.id}
        type="button"
        aria-pressed={lane.manifest.id === shown}
        style={hueStyle(lane.manifest)}
        onClick={() => onShow(lane.manifest.id)}
      >
        <Glyph manifest={lane.manifest} />
        <b>{lane.manifest.label}</b>
        <TabScore lane={lane} />
      </button>
    ))}
  </nav>
)
