'use client'

import { useState } from 'react'
import type { EventOf } from '#lib/protocol/events.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { madeWords } from '../words/faults.ts'

/** A fault older than this is history, not news. */
const FAULT_SHOWN_MS = 30_000

const faultText = ({ made, consumer, destination, text }: EventOf<'fault'>, { manifest }: LaneRef): string =>
  made
    ? madeWords(made, consumer ?? destination ?? manifest.label)
    : [consumer, text].filter(Boolean).join(': ')

/** One line over the panes: what the broker did differently, or the lane's newest trouble, until it is put away. */
export function LaneNote({ lane, note }: { lane: LaneRef; note: string | undefined }) {
  const { id } = lane.manifest
  const seq = useSlice(({ views }) => views.faults.findLast(({ system }) => system === id)?.seq, 'calm')
  const feed = useFeed()
  const [put, setPut] = useState<string | null>(null)
  const fault = feed.views.faults.findLast((one) => one.seq === seq && one.system === id)
  const isNews = fault !== undefined && feed.now() - fault.at < FAULT_SHOWN_MS
  const text = isNews ? faultText(fault, lane) : note
  if (!text || text === put) return null
  return (
    <p className="flex items-center gap-2 border-b py-0.5 pr-2 pl-4 text-ink-2 text-xs">
      <Icon name="inbox" />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {text}
        {isNews && fault.count !== undefined && ` (${formatCount(fault.count)} times)`}
      </span>
      <IconButton icon="x" look="quiet" size="sm" label="Put this note away" onClick={() => setPut(text)} />
    </p>
  )
}
