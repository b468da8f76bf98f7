import type { EventOf } from '#lib/protocol/events.ts'
import type { Arrival, DestinationRecord, Group, PartitionProgress } from '../model/records.ts'
import { touchDestination } from '../store/destinations.ts'
import { touchPane } from '../store/panes.ts'
import type { LedgerState } from '../store/state.ts'
import { setState } from './delivery-state.ts'

/**
 * A log's commits are ranges. Each group keeps, per partition, the arrivals it has read and not committed, in order of
 * offset, so that a commit touches only those it covers.
 */

export function groupNamed(destination: DestinationRecord, name: string): Group {
  const known = destination.groups.get(name)
  if (known) return known
  const group: Group = { assignment: null, partitions: new Map() }
  destination.groups.set(name, group)
  return group
}

function progressOf(group: Group, partition: number): PartitionProgress {
  const known = group.partitions.get(partition)
  if (known) return known
  const progress: PartitionProgress = {
    upTo: -1,
    at: 0,
    evidence: 'broker',
    queue: [],
    head: 0,
    sorted: true,
  }
  group.partitions.set(partition, progress)
  return progress
}

/** An arrival read from a log: committed already when its commit was learned first, else waiting for one. */
export function awaitCommit(state: LedgerState, arrival: Arrival): void {
  const { group } = arrival
  const { address } = arrival.event
  if (group === null || address.kind !== 'offset') return
  const progress = progressOf(groupNamed(arrival.pane.destination, group), address.partition)
  if (arrival.offset < progress.upTo) {
    setState(arrival, 'committed', progress)
    return
  }
  const last = progress.head < progress.queue.length ? progress.queue.at(-1) : undefined
  if (last && last.offset > arrival.offset) progress.sorted = false
  progress.queue.push(arrival)
  touchFailing(last, arrival)
  if (progress.queue.length - progress.head > state.limits.unsettled) progress.head += 1
  compact(progress)
}

/** Moves a group's committed offset in one partition: everything it read below `upTo` is committed. */
export function applyCommit(destination: DestinationRecord, event: EventOf<'committed'>): void {
  const progress = progressOf(groupNamed(destination, event.group), event.partition)
  progress.upTo = Number(event.upTo)
  progress.at = event.at
  progress.evidence = event.evidence
  if (!progress.sorted) sortByOffset(progress)
  while (progress.head < progress.queue.length) {
    const arrival = progress.queue[progress.head]
    if (!arrival || arrival.offset >= progress.upTo) break
    progress.head += 1
    commit(arrival, progress)
  }
  compact(progress)
}

function sortByOffset(progress: PartitionProgress): void {
  const before = progress.queue.at(-1)
  progress.queue = progress.queue.slice(progress.head).sort((a, b) => a.offset - b.offset)
  progress.head = 0
  progress.sorted = true
  const last = progress.queue.at(-1)
  if (last && before !== last) touchFailing(before, last)
}

/**
 * Another record is now the last one read of its partition. Where either of the two is a redelivery, a reader may have begun
 * or ceased to fail at it (`views/failing.ts`): the views of both readers, and of what waits after it, are out of date.
 */
function touchFailing(before: Arrival | undefined, now: Arrival): void {
  if (!before?.event.redelivered && !now.event.redelivered) return
  if (before) touchPane(before.pane)
  touchPane(now.pane)
  touchDestination(now.pane.destination)
}

/** A lost arrival is committed too, unless another member of the group read the record again: then the commit is that one's. */
function commit(arrival: Arrival, progress: PartitionProgress): void {
  if (arrival.state === 'read') setState(arrival, 'committed', progress)
  else if (arrival.state === 'lost' && !readAgain(arrival)) setState(arrival, 'committed', progress)
}

function readAgain(lost: Arrival): boolean {
  for (let other = lost.life.firstArrival; other; other = other.next) {
    if (other !== lost && other.group === lost.group && other.state !== 'lost') return true
  }
  return false
}

/** Up to this many used slots stay in front before the rest is moved: moving is rare, and little memory is wasted. */
const SLACK = 1_024
/** Fewer where nothing waits: an array emptied at every commit would free and allocate its memory each time. */
const SLACK_EMPTY = 32

function compact(progress: PartitionProgress): void {
  if (progress.head === progress.queue.length) {
    if (progress.head < SLACK_EMPTY) return
    progress.queue.length = 0
    progress.head = 0
  } else if (progress.head > SLACK && progress.head > progress.queue.length / 2) {
    progress.queue = progress.queue.slice(progress.head)
    progress.head = 0
  }
}
