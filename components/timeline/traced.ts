import type { Feed } from '#lib/feed/feed.ts'
import type { KeptView } from '#lib/ledger/model/trace-views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { isEmptyPlace, keptWords, type LaneRef, lanePlaces, laneTrace } from '../feed/lane-ref.ts'
import { cellWords } from '../words/cells.ts'
import { keptSentence, keptWord } from '../words/kept.ts'
import { consumerRow, laneRow } from './marks.ts'

/** What the Timeline says of the traced message on a row that has no arrival of it. */
export type TracedRow =
  /** Why this consumer does not have it. */
  | { kind: 'absent'; short: string; whole: string }
  /** What the broker still keeps of it, and how long it was stored: never, until its last mark, or up to now. */
  | { kind: 'kept'; short: string; whole: string; stored: 'never' | 'until-last' | 'to-now' }

export type TracedRows = ReadonlyMap<string, TracedRow>

const NOTHING: TracedRows = new Map()

function isStored(kept: KeptView): boolean {
  switch (kept.where) {
    case 'ready':
    case 'unacked':
    case 'queues':
    case 'log':
    case 'settled':
    case 'dead-letters':
      return true
    case 'nowhere':
    case 'unknown':
      return false
    default:
      return unreachable(kept)
  }
}

function laneRows(feed: Feed, lane: LaneRef): [string, TracedRow][] {
  const { manifest, modeManifest, destination } = lane
  const { ghosts, kept } = laneTrace(feed, lane)
  const rows: [string, TracedRow][] = []
  const place = keptWords(lane)
  const short = keptWord(kept, place)
  if (kept && short) {
    const wasStored = modeManifest.drawing.store === 'wire' ? 'never' : 'until-last'
    const stored = isStored(kept) ? 'to-now' : wasStored
    const row: TracedRow = { kind: 'kept', short, whole: keptSentence(kept, place), stored }
    rows.push([laneRow(manifest.id, destination), row])
  }
  for (const [consumer, ghost] of ghosts) {
    const names = { label: manifest.label, consumerNoun: modeManifest.consumerNoun, consumer }
    const words = ghost.why === 'not-sent-here' ? null : cellWords({ kind: 'ghost', ghost }, names)
    if (!words) continue
    const row: TracedRow = {
      kind: 'absent',
      short: `${words.first} ${words.second}`.trim(),
      whole: words.fate,
    }
    rows.push([consumerRow(manifest.id, destination, consumer), row])
  }
  return rows
}

/** By row: why a consumer does not have the traced message, and what each broker still keeps of it. */
export function tracedRows(feed: Feed): TracedRows {
  if (feed.trace.messageId === null) return NOTHING
  return new Map(
    lanePlaces(feed)
      .filter((lane) => !isEmptyPlace(lane))
      .flatMap((lane) => laneRows(feed, lane)),
  )
}
