'use client'

import type { PaneView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { plural } from '../ui/format.ts'
import { Icon, ModeMark } from '../ui/icon.tsx'
import { SkeletonBars } from '../ui/skeleton.tsx'
import { EMPTY_RECORDED } from '../words/recording.ts'
import { seekPlaces } from './seek-places.ts'
import { useVerbs } from './use-verbs.ts'

const EMPTY =
  'flex flex-[1_0_auto] items-start gap-3 px-4 py-3 text-ink-2 text-sm [@container((height<180px)_and_(width<320px))]:py-1.5'

/** Grey words where rows will be: the frame is real, the content is not there yet. */
export const RowSkeleton = () => (
  <div className="grid gap-4 px-4 py-5" aria-hidden="true">
    <SkeletonBars widths={['w-[70%]', 'w-[40%]', 'w-[55%]']} className="bg-hover" />
  </div>
)

/** What lies behind a reader that starts at the end, and the way back to it. */
function Behind({ lane, pane }: { lane: LaneRef; pane: PaneView }) {
  const verbs = useVerbs(lane, pane.consumer.id)
  const behind = useSlice(({ views }) => {
    const facts = views.destination(lane.manifest.id, lane.destination)?.facts?.facts
    return seekPlaces(facts, pane.consumer, pane.partitions).reduce((sum, { low, end }) => sum + end - low, 0)
  }, 'calm')
  if (behind === 0 || pane.consumer.state !== 'attached') return null
  return (
    <>
      <p>{plural(behind, 'message')} behind it.</p>
      <Button size="sm" className="mt-2" onClick={() => void verbs.run('seek', { seek: { to: 'earliest' } })}>
        <Icon name="rewind" />
        Read from the start
      </Button>
      {verbs.problem && <Refusal>{verbs.problem}</Refusal>}
    </>
  )
}

/** Nothing arrived yet. Each kind of broker promises something different, so each says its own. */
export function EmptyPane({ lane, pane }: { lane: LaneRef; pane: PaneView }) {
  const { empty, can } = lane.modeManifest
  const isRecorded = useFeed().recorded === true
  // What it waits for stands in its head. Without a reason it is there in a moment, and then this is what it says.
  if (pane.consumer.state === 'attaching' && pane.consumer.reason !== undefined) return <RowSkeleton />
  if (pane.consumer.role === 'dead-letters') {
    return (
      <div className={EMPTY}>
        <Icon name="dead" />
        <p>
          <b className="font-strong text-ink">No dead letters.</b> What nobody could finish comes here.
        </p>
      </div>
    )
  }
  return (
    <div className={EMPTY} data-part="empty">
      <ModeMark mode={lane.mode} className="size-5 text-hue" />
      <div>
        <p>
          <b className="font-strong text-ink">{isRecorded ? EMPTY_RECORDED.strong : empty.strong}</b>{' '}
          {isRecorded ? EMPTY_RECORDED.rest : empty.rest}
        </p>
        {can.replay && !isRecorded && <Behind lane={lane} pane={pane} />}
      </div>
    </div>
  )
}
