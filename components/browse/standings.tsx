'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, receiversOf } from '../feed/lane-ref.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { standingWords } from '../words/browsing.ts'
import { type Standing, standingsOf } from './standing.ts'

const LOOKS: Record<Standing['is'], { icon: IconName; className: string }> = {
  ready: { icon: 'inbox', className: 'text-ink-2' },
  pending: { icon: 'clock', className: 'font-strong text-ink' },
  settled: { icon: 'check', className: 'text-good' },
  'dead-lettered': { icon: 'dead', className: 'text-bad' },
}

/** Whether it is ready, pending or settled, and for whom, as far as the room saw what became of it. */
export function Standings({ messageId, lane }: { messageId: string; lane: LaneRef }) {
  const { id: system } = lane.manifest
  const now = ({ views }: Feed) => {
    const consumers = receiversOf(views.destination(system, lane.destination)?.consumers ?? [])
    return views.message(messageId) === undefined
      ? []
      : standingsOf(views.trace(system, lane.destination, messageId), consumers)
  }
  useSlice((feed) => JSON.stringify(now(feed)), 'calm')
  const standings = now(useFeed())
  if (standings.length === 0) return null
  return (
    <span className="flex min-w-0 gap-3 overflow-hidden whitespace-nowrap fs-xs leading-4">
      {standings.map((standing) => (
        <span
          key={standing.is}
          className={`flex min-w-0 items-center gap-1 ${LOOKS[standing.is].className}`}
          data-standing={standing.is}
        >
          <Icon name={LOOKS[standing.is].icon} className="size-3.5 flex-none" />
          <bdi className="overflow-hidden text-ellipsis">{standingWords(standing)}</bdi>
        </span>
      ))}
    </span>
  )
}
