'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { playersWords } from '../words/seats.ts'
import { phonesByPart } from './phones.ts'
import type { Place, SeatLayout } from './seat-layout.ts'
import type { SeatGroup } from './seat-plan.ts'

/** Between a seat and what stands beside it. */
const BESIDE_SEAT = 10
/** Beside a seat as tall as this the number stands above the word. */
const TWO_LINES_PX = 64
interface PartPlayersProps {
  /** Undefined: phones do not play it. */
  count: number | undefined
  place: Place
  layout: SeatLayout
  /** Of the seat and what stands beside it. */
  width: number
}

/** Beside a seat how many phones play it, in a lesson whose consumers are played by the hall: "9 phones". */
export function PartPlayers({ count, place, layout, width }: PartPlayersProps) {
  if (count === undefined) return null
  const isTall = layout.size >= TWO_LINES_PX
  return (
    <p
      className={`absolute flex whitespace-nowrap text-xs leading-7 ${isTall ? 'flex-col justify-center' : 'items-center gap-2'} ${count > 0 ? 'text-ink' : 'text-ink-3'}`}
      style={{
        ...{ left: place.x + layout.size + BESIDE_SEAT, top: place.y },
        ...{ height: layout.size, width: width - layout.size - BESIDE_SEAT },
      }}
      aria-hidden="true"
    >
      <b className="font-strong">{formatCount(count)}</b>
      {count === 1 ? 'phone' : 'phones'}
    </p>
  )
}

/** The lane's parts that have no seat on the map: consumers that the lesson brings later, and readers of dead letters. */
function unseated(feed: Feed, { manifest }: LaneRef, groups: readonly SeatGroup[]): [string, number][] {
  const seated = new Set(groups.flatMap(({ seats }) => seats))
  return [...phonesByPart(feed)].flatMap(([id, count]): [string, number][] => {
    const [system = '', , name = ''] = id.split(':')
    return system === manifest.id && !seated.has(id) ? [[name, count]] : []
  })
}

export function OtherParts({ lane, groups }: { lane: LaneRef; groups: readonly SeatGroup[] }) {
  const feed = useFeed()
  useSlice((one) => JSON.stringify(unseated(one, lane, groups)))
  const parts = unseated(feed, lane, groups)
  if (parts.length === 0) return null
  return (
    <p className="absolute inset-x-0 bottom-0 flex items-center gap-3 text-ink-2 text-xs">
      <Icon name="phone" className="size-7 flex-none" />
      <span className="line-clamp-2">{playersWords(parts)}</span>
    </p>
  )
}
