'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, lanePlaces, laneRefsSignature } from '../feed/lane-ref.ts'

/** The columns of one lane: its consumers, those of a group side by side. An empty place has one column, which says so. */
export interface LaneColumns {
  lane: LaneRef
  consumers: readonly Consumer[]
}

export const columnsOf = (feed: Feed): LaneColumns[] =>
  lanePlaces(feed).map((lane) => ({
    lane,
    consumers: feed.views.destination(lane.manifest.id, lane.destination)?.consumers ?? [],
  }))

const signature = (feed: Feed): string =>
  `${laneRefsSignature(feed)} ${columnsOf(feed)
    .map(({ consumers }) =>
      consumers.map(({ id, state, group, reason }) => `${id} ${state} ${group} ${reason}`).join(),
    )
    .join('|')}`

/** The columns of all lanes. Renders again when a consumer comes, goes or changes its state. */
export function useColumns(): LaneColumns[] {
  useSlice(signature)
  return columnsOf(useFeed())
}

/** The gap left of a column: wide before another system, narrow before another group, none within a group. */
export function edgeBefore({ consumers }: LaneColumns, index: number): 'gap' | 'gap2' | '' {
  if (index === 0) return 'gap'
  return consumers[index - 1]?.group === consumers[index]?.group ? '' : 'gap2'
}

/** A lane without consumers still has one column, which says so. */
export const consumersSpan = ({ consumers }: LaneColumns): number => Math.max(1, consumers.length)

/** The columns of its consumers, and the one of what the broker still keeps. */
export const spanOf = (columns: LaneColumns): number => consumersSpan(columns) + 1
