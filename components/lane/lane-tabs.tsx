'use client'

import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, isEmptyPlace, type LaneRef, laneTrace, laneTraceSignature } from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { Glyph } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'

const Score = ({ children }: { children: string }) => (
  <span className="col-span-2 min-h-line-xs text-ink-2 group-aria-pressed/tab:font-strong group-aria-pressed/tab:text-ink">
    {children}
  </span>
)

function TabScore({ lane }: { lane: LaneRef }) {
  useSlice((feed) => laneTraceSignature(feed, lane))
  const word = useSlice(({ views }) => statusWord(views.broker(lane.manifest.id)))
  const feed = useFeed()
  if (word !== 'up') return <Score>{word}</Score>
  if (heldTrace(feed, lane)) return <Score>held</Score>
  const { verdict } = laneTrace(feed, lane)
  const words = placeScoreWords(feed, lane)
  return <Score>{words.strong || (verdict.kind === 'none' && !isEmptyPlace(lane) ? '' : words.rest)}</Score>
}

interface LaneTabsProps {
  /** Also the empty ones: what a room has nothing of can still be looked at. */
  places: readonly LaneRef[]
  shown: string | undefined
  onShow(system: string): void
}

/** On a phone one lane is seen at a time; each tab shows its lane's score, so that the lanes can still be compared. */
export const LaneTabs = ({ places, shown, onShow }: LaneTabsProps) => (
  <nav
    className="sticky top-0 z-8 hidden auto-cols-fr grid-flow-col gap-0.5 bg-canvas px-3 py-2 max-700:grid"
    aria-label="Lanes"
  >
    {places.map((lane) => (
      <button
        key={lane.manifest.id}
        type="button"
        className="group/tab grid min-h-14 grid-cols-[auto_minmax(0,1fr)] items-center justify-items-start gap-x-1.5 rounded-2 border bg-surface px-2 py-1.5 text-xs aria-pressed:border-2 aria-pressed:border-hue aria-pressed:px-[7px] aria-pressed:py-[5px]"
        aria-pressed={lane.manifest.id === shown}
        data-system={lane.manifest.id}
        style={hueStyle(lane.manifest)}
        onClick={() => onShow(lane.manifest.id)}
      >
        <Glyph manifest={lane.manifest} className="size-4" />
        <b className="max-w-full overflow-hidden text-ellipsis font-strong">{lane.manifest.label}</b>
        <TabScore lane={lane} />
      </button>
    ))}
  </nav>
)
