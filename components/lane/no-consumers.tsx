'use client'

import type { VerdictView } from '#lib/ledger/model/trace-views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { AddConsumer } from '../send/add-consumer.tsx'
import { Button } from '../ui/button.tsx'
import { formatNumber } from '../ui/format.ts'
import { ModeMark } from '../ui/icon.tsx'

function SendAgain({ lane }: { lane: LaneRef }) {
  const feed = useFeed()
  const message = feed.views.message(feed.trace.messageId ?? '')
  const text = message?.text
  if (!text) return null
  return (
    <Button
      size="sm"
      onClick={() =>
        void feed.send({ to: [{ system: lane.manifest.id, destination: lane.destination }], text })
      }
    >
      Send it again
    </Button>
  )
}

/** A lane in which nobody listens says what that means on its broker, and offers the way out. */
export function NoConsumers({ lane, verdict }: { lane: LaneRef; verdict: VerdictView }) {
  const { label } = lane.manifest
  const { can, consumerNoun, noun } = lane.modeManifest
  const unheard = verdict.kind === 'unheard'
  return (
    <div className="grid min-h-0 flex-1 content-center justify-items-start gap-1 px-6 py-4">
      <ModeMark mode={lane.mode} className="mb-1 size-6 text-hue" />
      <h3 className="font-strong text-lg tracking-tight">
        {unheard ? `Nobody heard ${formatNumber(verdict.number)}` : `No ${consumerNoun} here`}
      </h3>
      <p className="text-ink-2 text-sm">
        {unheard && `${label} passed it to 0 ${consumerNoun}s and kept no copy. It is gone.`}
        {!unheard &&
          can.lossyWithoutListeners &&
          `What is sent now is heard by nobody, and ${label} keeps no copy.`}
        {!unheard &&
          !can.lossyWithoutListeners &&
          !can.keepsForAbsent &&
          `What is sent now stays in the ${noun}, but whoever joins later does not get it.`}
        {!unheard &&
          !can.lossyWithoutListeners &&
          can.keepsForAbsent &&
          `What is sent now waits in the ${noun} until somebody joins.`}
      </p>
      <div className="mt-2 flex items-center gap-2 recorded:hidden">
        <AddConsumer lane={lane} strong />
        {unheard && <SendAgain lane={lane} />}
      </div>
    </div>
  )
}
