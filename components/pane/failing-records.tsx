'use client'

import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Button } from '../ui/button.tsx'
import { Forbidden } from '../ui/forbidden.tsx'
import { formatNumber } from '../ui/format.ts'
import { Tag } from '../ui/tag.tsx'
import { isPoisonAt, POISON_MEANS } from '../words/poison.ts'
import type { Verbs } from './use-verbs.ts'

interface FailingRecordsProps {
  lane: LaneRef
  consumerId: string
  verbs: Verbs
  /** Why it is not this person's to skip; undefined where it is. */
  forbidden: string | undefined
}

/** What a consumer of a log fails at again and again, which holds up all behind it, and the way past it. */
export function FailingRecords({ lane, consumerId, verbs, forbidden }: FailingRecordsProps) {
  const feed = useFeed()
  useSlice(
    ({ views }) =>
      views
        .pane(consumerId)
        ?.failing.map(({ delivery }) => delivery)
        .join(),
    'calm',
  )
  const failing = lane.modeManifest.can.skip ? (feed.views.pane(consumerId)?.failing ?? []) : []
  return failing.map(({ delivery, messageId, attempt }) => {
    const message = feed.views.message(messageId)
    const number = message?.number ?? null
    const why = message && isPoisonAt(lane.modeManifest, message) ? POISON_MEANS : 'it failed'
    return (
      <div
        key={messageId}
        className="mx-3 my-[3px] flex min-h-10 flex-none flex-wrap items-center gap-x-2 rounded-2 border border-bad border-dashed bg-surface px-3 py-0.5 text-ink-2 fs-sm leading-xs"
        data-failing={messageId}
      >
        <Tag number={number} look="gone" />
        <span className="min-w-0 flex-1">
          {attempt === null ? 'is tried again' : `is at its try ${attempt}`}: {why}. Its partition waits.
        </span>
        {feed.recorded !== true && (
          <Forbidden why={forbidden}>
            <Button
              size="tight"
              aria-label={`Skip ${formatNumber(number)}`}
              title="The group goes on behind it; it stays in the log"
              onClick={() => void verbs.run('skip', { delivery })}
            >
              Skip it
            </Button>
          </Forbidden>
        )}
      </div>
    )
  })
}
