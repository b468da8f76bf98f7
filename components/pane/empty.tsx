import type { LaneRef } from '../lane/lane-ref.ts'
import { ModeMark } from '../ui/icon.tsx'

/** Grey words where rows will be: the frame is real, the content is not there yet. */
export const RowSkeleton = () => (
  <div className="sk-rows" aria-hidden="true">
    <i className="sk w70" />
    <i className="sk w40" />
    <i className="sk w55" />
  </div>
)

/** Nothing arrived yet. Each kind of broker promises something different, so each says its own. */
export const EmptyPane = ({ lane, joining }: { lane: LaneRef; joining: boolean }) =>
  joining ? (
    <RowSkeleton />
  ) : (
    <div className="empty">
      <ModeMark mode={lane.mode} />
      <p>
        <b>{lane.modeManifest.empty.strong}</b> {lane.modeManifest.empty.rest}
      </p>
    </div>
  )
