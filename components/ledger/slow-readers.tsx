'use client'

import type { MeterView } from '#lib/ledger/model/count-views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { isEmptyPlace, type LaneRef, lanePlaces } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { BoxTitle, Hint } from '../ui/box-text.tsx'
import { formatCount } from '../ui/format.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { Popover } from '../ui/popover.tsx'
import { heldOn, Spark } from './spark.tsx'

const KIB = 1_024

const bytesWords = (bytes: number) =>
  bytes < KIB ? `${formatCount(bytes)} B` : `${formatCount(bytes / KIB)} KiB`

interface Burden {
  values: readonly (number | null)[]
  /** What it is on this broker, with its newest value. */
  words(newest: number): string
}

/** Where a slow reader can be seen on this broker: every series that it reports. */
function burdensOf({ depth, lag, buffered }: MeterView): Burden[] {
  const isReported = (values: readonly (number | null)[]) => values.some((value) => value !== null)
  const all: Burden[] = [
    { values: depth, words: (newest) => `${formatCount(newest)} in the queue` },
    { values: lag, words: (newest) => `${formatCount(newest)} behind (lag)` },
    { values: buffered, words: (newest) => `${bytesWords(newest)} in output buffers` },
  ]
  return all.filter(({ values }) => isReported(values))
}

function LaneBurden({ lane, now }: { lane: LaneRef; now: number }) {
  const meter = useFeed().views.meter(lane.manifest.id, lane.destination, now)
  const burdens = meter ? burdensOf(meter) : []
  return (
    <li
      className="grid grid-cols-[20px_72px_minmax(0,1fr)] items-center gap-2 fs-sm"
      style={hueStyle(lane.manifest)}
    >
      <Glyph manifest={lane.manifest} />
      <b>{lane.manifest.label}</b>
      <div>
        {burdens.length === 0 && (
          <Hint as="span">
            {isEmptyPlace(lane) ? 'No destination here.' : 'Nothing reported in the last minute.'}
          </Hint>
        )}
        {burdens.map(({ values, words }) => {
          const held = heldOn(values)
          const text = words(held.at(-1) ?? 0)
          return (
            <p key={text} className="flex items-center gap-2">
              <Spark values={held} />
              <span>{text}</span>
            </p>
          )
        })}
      </div>
    </li>
  )
}

function Picture() {
  const now = useNow()
  const lanes = lanePlaces(useFeed())
  return (
    <ul className="grid gap-3">
      {lanes.map((lane) => (
        <LaneBurden key={lane.manifest.id} lane={lane} now={now} />
      ))}
    </ul>
  )
}

/** The same slowness on three brokers: a queue grows, a lag grows, an output buffer grows. Side by side, for a minute back. */
export const SlowReaders = () => (
  <Popover
    buttonStyle={{
      look: 'quiet',
      size: 'own',
      className:
        '-mr-1.5 ml-auto h-6 min-w-tap flex-none gap-1 rounded-1 px-1 font-text text-xs max-700:min-h-tap present:rounded-2',
    }}
    className="w-100"
    label="Slow readers"
    title="Slow readers: what piles up where"
    button={
      <>
        <Icon name="clock" />
        <span className="max-1440:hidden inspecting:hidden">Slow</span>
      </>
    }
  >
    {() => (
      <>
        <p>
          <BoxTitle as="b">Slow readers</BoxTitle>
          <Hint as="span">
            What a reader has not taken yet piles up somewhere: the last minute, as each broker reports it.
          </Hint>
        </p>
        <Picture />
      </>
    )}
  </Popover>
)
