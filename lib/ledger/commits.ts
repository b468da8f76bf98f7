import type { EventOf } from '#lib/protocol/events.ts'
import { setState } from './delivery-state.ts'
import type { LedgerState } from './ledger-state.ts'
import type { Arrival, Group, Lane, ReadMark } from './state.ts'

/**
 * A log's commits are ranges. Each group keeps, per partition, the arrivals it has read and not committed, in order of
 * offset, so that a commit touches only what it covers.
 */
export function groupOf(lane: Lane, name: string): Group {
  const known = lane.groups.get(name)
  if (known) return known
  const group: Group = { assignment: null, marks: new Map() }
  lane.groups.set(name, group)
  return group
}

function markOf(group: Group, partition: number): ReadMark {
  const known = group.marks.get(partition)
  if (known) return known
  const mark: ReadMark = { upTo: -1, at: 0, evidence: 'broker', queue: [], head: 0, sorted: true }
  group.marks.set(partition, mark)
  return mark
}

/** An arrival read from a log: covered already when its commit was learned first, else waiting for one. */
export function awaitCommit(state: LedgerState, arrival: Arrival): void {
  const { group } = arrival
  const { address } = arrival.event
  if (group === null || address.kind !== 'offset') return
  const mark = markOf(groupOf(arrival.pane.lane, group), address.partition)
  if (arrival.offset < mark.upTo) {
    setState(arrival, 'committed', mark)
    return
  }
  const last = mark.queue.at(-1)
  if (last && mark.head < mark.queue.length && last.offset > arrival.offset) mark.sorted = false
  mark.queue.push(arrival)
  if (mark.queue.length - mark.head > state.limits.unsettled) mark.head += 1
  compact(mark)
}

/** Moves a group's position in one partition: everything it read below `upTo` is committed. */
export function learnCommit(lane: Lane, event: EventOf<'committed'>): void {
  const mark = markOf(groupOf(lane, event.group), event.partition)
  mark.upTo = Number(event.upTo)
  mark.at = event.at
  mark.evidence = event.evidence
  if (!mark.sorted) {
    mark.queue = mark.queue.slice(mark.head).sort((a, b) => a.offset - b.offset)
    mark.head = 0
    mark.sorted = true
  }
  while (mark.head < mark.queue.length) {
    const arrival = mark.queue[mark.head]
    if (!arrival || arrival.offset >= mark.upTo) break
    mark.head += 1
    cover(arrival, mark)
  }
  compact(mark)
}

/**
 * A read is committed. One that was lost in a crash is too, unless somebody of the group read the record again: then
 * the commit is that reader's.
 */
function cover(arrival: Arrival, mark: ReadMark): void {
  if (arrival.state === 'read') setState(arrival, 'committed', mark)
  else if (arrival.state === 'lost' && !readAgain(arrival)) setState(arrival, 'committed', mark)
}

function readAgain(lost: Arrival): boolean {
  for (let other = lost.life.firstArrival; other; other = other.next) {
    if (other !== lost && other.group === lost.group && other.state !== 'lost') return true
  }
  return false
}

/** Up to this many used places stay in front before the rest is moved: moving is rare, and little is held for nothing. */
const SLACK = 1_024
/** Where nothing waits, fewer: an array emptied after every commit gives its memory back each time, to be got anew. */
const SLACK_EMPTY = 32

function compact(mark: ReadMark): void {
  if (mark.head === mark.queue.length) {
    if (mark.head < SLACK_EMPTY) return
    mark.queue.length = 0
    mark.head = 0
  } else if (mark.head > SLACK && mark.head > mark.queue.length / 2) {
    mark.queue = mark.queue.slice(mark.head)
    mark.head = 0
  }
}
