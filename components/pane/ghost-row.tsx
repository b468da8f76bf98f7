'use client'

import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Tag } from '../ui/tag.tsx'
import { ghostWords } from '../words/ghosts.ts'

/** Absence said: why this consumer does not have the traced message. */
export function GhostRow({ ghost, lane, name }: { ghost: GhostView; lane: LaneRef; name: string }) {
  useSlice(({ trace, views }) => views.message(trace.messageId ?? '')?.number)
  const feed = useFeed()
  const words = ghostWords(ghost, {
    label: lane.manifest.label,
    consumerNoun: lane.modeManifest.consumerNoun,
    consumer: name,
  })
  if (words === null) return null
  return (
    <div
      className="mx-3 my-[3px] flex min-h-10 flex-none items-center gap-2 rounded-2 border border-line-control border-dashed bg-surface px-3 py-0.5 text-ink-2 fs-sm leading-xs present:min-h-12"
      data-ghost={ghost.why}
    >
      <Tag number={feed.views.message(feed.trace.messageId ?? '')?.number ?? null} look="gone" />
      <span>{words}</span>
    </div>
  )
}
