import type { Feed } from '#lib/feed/feed.ts'
import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { type LaneRef, laneTrace } from '../feed/lane-ref.ts'

/** Who came too late for the traced message, and on which lane. */
export interface Latecomer {
  lane: LaneRef
  name: string
  /** It is kept there: a replay brings it. */
  isKept: boolean
}

/**
 * What there is to be learnt of coming late. `alike`: all lanes are of one mode and answered alike, and nobody was late
 * yet. `replay`: somebody came late to a log, which still has the message.
 */
export type LateLesson =
  | { kind: 'alike'; mode: Exclude<Mode, 'queue'> }
  | { kind: 'replay'; who: readonly Latecomer[] }
  | null

const LATE: ReadonlySet<GhostView['why']> = new Set(['sent-before-joining', 'started-after'])

/** Who came late, on all lanes. */
export const latecomers = (feed: Feed, lanes: readonly LaneRef[]): Latecomer[] =>
  lanes.flatMap((lane) =>
    Array.from(laneTrace(feed, lane).ghosts)
      .filter(([, { why }]) => LATE.has(why))
      .map(([name]) => ({ lane, name, isKept: lane.mode === 'log' && lane.modeManifest.can.replay })),
  )

function commonMode(feed: Feed, lanes: readonly LaneRef[]): Exclude<Mode, 'queue'> | null {
  const [first, ...others] = lanes
  if (!first || first.mode === 'queue' || others.length === 0) return null
  const isAlike = (lane: LaneRef) => lane.mode === first.mode && laneTrace(feed, lane).verdict.kind === 'got'
  return lanes.every(isAlike) ? first.mode : null
}

export function lateLesson(feed: Feed, lanes: readonly LaneRef[]): LateLesson {
  const late = latecomers(feed, lanes)
  const kept = late.filter(({ isKept }) => isKept)
  if (kept.length > 0) return { kind: 'replay', who: kept }
  const mode = late.length === 0 ? commonMode(feed, lanes) : null
  return mode === null ? null : { kind: 'alike', mode }
}
