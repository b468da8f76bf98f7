import type { LifeEvent } from '#lib/protocol/events.ts'
import { hasIndex, NO_INDEXES, withIndex } from '#lib/util/index-set.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Bucket } from '../model/counters.ts'
import type { Life, Pane } from '../model/records.ts'
import { hadReceived, recall, takeBack, takeBackServerCounted } from './released-messages.ts'

/** Where one message counts on one destination, and how it moves from one bucket to another (`tally.ts` says what each means). */

export const hasReceived = (life: Life, pane: Pane): boolean => hasIndex(life.receivedBy, pane.index)

export const isSeen = (life: Life): boolean => life.audiences !== NO_INDEXES

/** Who is due one copy: the queue as a whole (0), a group (odd numbers), or the consumer alone (even numbers from 2). */
export function audienceOf(pane: Pane, group: string | undefined): number {
  const { destination } = pane
  if (destination.declared?.mode === 'queue') return 0
  if (group === undefined) return 2 + 2 * pane.index
  const known = destination.audiences.get(group)
  if (known !== undefined) return known
  const index = 1 + 2 * destination.audiences.size
  destination.audiences.set(group, index)
  return index
}

/**
 * The life counts in its destination's present tally: anew in a new epoch, and otherwise where it counted before events of
 * it were let go of or went missing. `event` may say so itself.
 */
export function enterTally(life: Life, event?: LifeEvent): void {
  const { destination } = life
  const { tally } = destination
  if (life.tally === tally) return
  life.tally = tally
  life.bucket = null
  life.countedBefore = null
  life.waitEnded = null
  life.passNumber = 0
  life.receiptNumber = 0
  resume(life, event)
}

/** Restores what is remembered of a life by its number, or reported by an event: its earlier events are not held here. */
function resume(life: Life, event?: LifeEvent): void {
  const { destination } = life
  const { number } = life.message.content
  if (number === null) return
  // What is remembered here is newer than what the server reports, which speaks of dropped events only.
  const own = recall(destination, number)
  const reported = own === null ? event?.standing : undefined
  const known = own ?? reported
  if (!known) return
  const bucket = reported ? takeBackServerCounted(destination, reported) : known.bucket
  if (own !== null) takeBack(destination, number, bucket)
  life.bucket = bucket
  life.countedBefore = bucket
  life.passNumber = known.passNumber
  life.receiptNumber = known.receiptNumber ?? 0
  if (bucket === 'waiting') destination.waiting.add(life)
  // Its receipt is held and its wait ended where it was not seen.
  if (bucket === 'unknown' && life.receipt?.kind === 'published') life.waitEnded = 'unknown'
  const wasSeen = bucket === 'seen' || bucket === 'outside'
  // A queue is one audience, whoever it was that had it.
  if (wasSeen && destination.declared?.mode === 'queue') life.audiences = withIndex(life.audiences, 0)
  for (const pane of destination.panes.values()) {
    const had = hadReceived(pane, number) || (reported?.receivedBy.includes(pane.consumer.name) ?? false)
    if (!had) continue
    life.receivedBy = withIndex(life.receivedBy, pane.index)
    if (pane.consumer.role !== 'dead-letters')
      life.audiences = withIndex(life.audiences, audienceOf(pane, pane.consumer.group))
  }
}

function bucketOf(life: Life): Bucket | null {
  const { content } = life.message
  if (content.number === null) return null
  const { countedBefore } = life
  if (isSeen(life) || countedBefore === 'seen' || countedBefore === 'outside') {
    return content.outside ? 'outside' : 'seen'
  }
  if (content.outside) return null
  if (life.ended) return life.ended.how === 'dead-lettered' ? 'moved' : 'lost'
  if (countedBefore !== null) return bucketAfter(countedBefore, life)
  if (life.receipt === null) return null
  const { kind } = life.receipt
  switch (kind) {
    case 'published':
      return life.waitEnded ?? 'waiting'
    case 'unheard':
      return 'lost'
    case 'uncertain':
      return 'unknown'
    case 'refused':
    case 'returned':
      return 'refused'
    default:
      return unreachable(kind)
  }
}

/** A receipt that says more than what counted before an event of its life was lost sight of. */
function bucketAfter(before: Bucket, { receipt, waitEnded }: Life): Bucket {
  if (before !== 'unknown' && before !== 'waiting') return before
  if (waitEnded !== null) return waitEnded
  switch (receipt?.kind) {
    case 'published':
      return 'waiting'
    case 'unheard':
      return 'lost'
    case 'refused':
    case 'returned':
      return 'refused'
    default:
      return before
  }
}

/** Moves the life to the bucket where it counts now. */
export function rebucket(life: Life): void {
  enterTally(life)
  // Its number may have been learned after its first event.
  if (life.bucket === null && life.countedBefore === null && life.first.number === undefined) resume(life)
  const next = bucketOf(life)
  const before = life.bucket
  if (next === before) return
  const { tally, waiting } = life.destination
  if (before !== null) tally[before] -= 1
  if (before === 'waiting') waiting.delete(life)
  if (next !== null) tally[next] += 1
  if (next === 'waiting') waiting.add(life)
  life.bucket = next
}

/** Its content became known, and with its number it counts. One that is in no present tally waits for an event of its own. */
export function tallyContent(life: Life): void {
  if (life.tally === life.destination.tally) rebucket(life)
}
