'use client'

import type { PaneView } from '#lib/ledger/model/views.ts'
import { useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { plural } from '../ui/format.ts'
import { Icon, ModeMark } from '../ui/icon.tsx'
import { seekPlaces } from './seek-places.ts'
import { useVerbs } from './use-verbs.ts'

/** Grey words where rows will be: the frame is real, the content is not there yet. */
export const RowSkeleton = () => (
  <div className="sk-rows" aria-hidden="true">
    <i className="sk w70" />
    <i className="sk w40" />
    <i className="sk w55" />
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
      <button
        type="button"
        className="btn sm"
        onClick={() => void verbs.run('seek', { seek: { to: 'earliest' } })}
      >
        <Icon name="rewind" />
        Read from the start
      </button>
      {verbs.problem && (
        <p className="refused" role="alert">
          {verbs.problem}
        </p>
      )}
    </>
  )
}

/** Nothing arrived yet. Each kind of broker promises something different, so each says its own. */
export function EmptyPane({ lane, pane }: { lane: LaneRef; pane: PaneView }) {
  const { empty, can } = lane.modeManifest
  if (pane.consumer.state === 'attaching') return <RowSkeleton />
  if (pane.consumer.role === 'dead-letters') {
    return (
      <div className="empty">
        <Icon name="dead" />
        <p>
          <b>No dead letters.</b> What nobody could finish comes here.
        </p>
      </div>
    )
  }
  return (
    <div className="empty">
      <ModeMark mode={lane.mode} />
      <div>
        <p>
          <b>{empty.strong}</b> {empty.rest}
        </p>
        {can.replay && <Behind lane={lane} pane={pane} />}
      </div>
    </div>
  )
}
