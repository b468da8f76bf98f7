import type { EventOf } from '#lib/protocol/events.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatTime, plural } from '../ui/format.ts'

/** "20,224 events"; of a hole whose size nobody knows, "Some events". `count` is that of all holes together. */
const missing = (count: number): string => (count === 0 ? 'Some events' : plural(count, 'event'))

const are = (count: number): string => (count === 1 ? 'is' : 'are')

/** A hole in the stream itself, the newest of them, and how many events are missing in all of them together. */
export function gapWords(gap: EventOf<'gap'>, count: number): string {
  switch (gap.reason) {
    case 'epoch':
      return `The dashboard restarted (seen at ${formatTime(gap.at)}). What it knew before is not shown.`
    case 'not-held':
      return `${missing(count)} ${are(count)} no longer kept and not shown here.${gap.counts ? ' The counts include them.' : ''}`
    case 'slow-reader':
      return `This page was too slow for a while: ${missing(count).toLowerCase()} ${are(count)} not shown.`
    case 'resubscribed':
    case 'lagging':
    case 'broker-restarted':
    case 'retention':
    case 'compaction':
    case 'transaction':
      return `${missing(count)} ${are(count)} missing.`
    default:
      return unreachable(gap.reason)
  }
}
