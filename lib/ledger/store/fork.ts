import { copyIndexSet } from '#lib/util/index-set.ts'
import { copyMeter } from '../counters/meter.ts'
import { copyReceived, copyReleased } from '../counters/released-messages.ts'
import type {
  Arrival,
  DestinationRecord,
  Group,
  Life,
  Message,
  Pane,
  PartitionProgress,
  Rows,
  Slot,
} from '../model/records.ts'
import type { LedgerState } from './state.ts'

/** The records copied so far: records refer to each other, and each is copied once. */
interface Copies {
  destinations: Map<DestinationRecord, DestinationRecord>
  panes: Map<Pane, Pane>
  messages: Map<Message, Message>
  lives: Map<Life, Life>
  arrivals: Map<Arrival, Arrival>
}

/**
 * An independent copy of everything the reducers write to. What is never written to once made (views, contents, events,
 * drawn rows) is shared. Costs as much as the state holds.
 */
export function forkState(state: LedgerState): LedgerState {
  const copies: Copies = {
    destinations: new Map(),
    panes: new Map(),
    messages: new Map(),
    lives: new Map(),
    arrivals: new Map(),
  }
  const age = state.age.slice(state.oldest).map((message) => messageCopy(copies, message))
  return {
    ...withOwnMaps(state),
    destinations: new Map(
      Array.from(state.destinations, ([system, siblings]) => [
        system,
        new Map(Array.from(siblings, ([name, destination]) => [name, destinationCopy(copies, destination)])),
      ]),
    ),
    lastDestination: null,
    panes: new Map(Array.from(state.panes, ([id, pane]) => [id, paneCopy(copies, pane)])),
    messages: new Map(age.map((message) => [message.id, message])),
    lastMessage: null,
    age,
    oldest: 0,
    releasedNumbers: state.releasedNumbers.copy(),
    recent: state.recent.copy(),
    newest: state.newest && messageCopy(copies, state.newest),
    newestWritten: state.newestWritten && messageCopy(copies, state.newestWritten),
  }
}

/** A copy with copies of its maps. Maps that hold records of the ledger are copied by the functions below instead. */
function withOwnMaps<T extends object>(record: T): T {
  const copy = { ...record }
  for (const [name, value] of Object.entries(copy)) {
    if (value instanceof Map) Object.assign(copy, { [name]: new Map(value) })
  }
  return copy
}

function destinationCopy(copies: Copies, destination: DestinationRecord): DestinationRecord {
  const known = copies.destinations.get(destination)
  if (known) return known
  const copy: DestinationRecord = {
    ...withOwnMaps(destination),
    counts: { ...destination.counts },
    tally: { ...destination.tally },
    meter: copyMeter(destination.meter),
    released: copyReleased(destination.released),
    traced: null,
  }
  copies.destinations.set(destination, copy)
  copy.panes = new Map(Array.from(destination.panes, ([name, pane]) => [name, paneCopy(copies, pane)]))
  copy.order = destination.order.map((pane) => paneCopy(copies, pane))
  copy.groups = new Map(Array.from(destination.groups, ([name, group]) => [name, groupCopy(copies, group)]))
  copy.waiting = new Set(Array.from(destination.waiting, (life) => lifeCopy(copies, life)))
  return copy
}

function groupCopy(copies: Copies, { assignment, partitions }: Group): Group {
  const progressCopy = (progress: PartitionProgress): PartitionProgress => ({
    ...progress,
    queue: progress.queue.slice(progress.head).map((arrival) => arrivalCopy(copies, arrival)),
    head: 0,
  })
  return {
    assignment,
    partitions: new Map(Array.from(partitions, ([number, progress]) => [number, progressCopy(progress)])),
  }
}

// What follows is written out, in the order in which it is made: an object that is spread has a hidden class of its own, and
// with each further copy of a copy the reducers' code would have to know one more.

function paneCopy(copies: Copies, pane: Pane): Pane {
  const known = copies.panes.get(pane)
  if (known) return known
  const { highestIn } = pane.tally
  const copy: Pane = {
    id: pane.id,
    index: pane.index,
    destination: destinationCopy(copies, pane.destination),
    consumer: pane.consumer,
    listed: pane.listed,
    reported: pane.reported,
    presence: pane.presence.slice(),
    rows: pane.rows,
    arrivals: pane.arrivals,
    messages: pane.messages,
    settled: pane.settled,
    open: pane.open,
    inHand: pane.inHand,
    inHandFrom: pane.inHandFrom,
    tally: { ...pane.tally, highestIn: highestIn && new Map(highestIn) },
    received: copyReceived(pane.received),
    version: pane.version,
    view: pane.view,
  }
  // Copying the destination may have copied this pane already: then that copy stands.
  const twin = copies.panes.get(pane)
  if (twin) return twin
  copies.panes.set(pane, copy)
  copy.rows = rowsCopy(copies, pane.rows)
  copy.open = new Map(Array.from(pane.open, ([number, arrival]) => [number, arrivalCopy(copies, arrival)]))
  return copy
}

function rowsCopy(copies: Copies, rows: Rows): Rows {
  const slotCopy = (slot: Slot): Slot => ('life' in slot ? arrivalCopy(copies, slot) : slot)
  return {
    slots: rows.slots.slice(rows.start).map(slotCopy),
    sizes: rows.sizes.slice(rows.start),
    start: 0,
    dropped: rows.dropped,
    chars: rows.chars,
    drawn: rows.drawn,
    drawnFrom: rows.drawnFrom,
    changed: rows.changed.map((arrival) => arrivalCopy(copies, arrival)),
  }
}

function messageCopy(copies: Copies, message: Message): Message {
  const known = copies.messages.get(message)
  if (known) return known
  const copy: Message = {
    id: message.id,
    content: message.content,
    chars: message.chars,
    firstLife: message.firstLife,
    firstAt: message.firstAt,
    weight: message.weight,
    lastSeq: message.lastSeq,
    held: message.held,
    version: message.version,
    view: message.view,
  }
  copies.messages.set(message, copy)
  copy.firstLife = message.firstLife && lifeCopy(copies, message.firstLife)
  return copy
}

function lifeCopy(copies: Copies, life: Life): Life {
  const known = copies.lives.get(life)
  if (known) return known
  const destination = destinationCopy(copies, life.destination)
  const message = messageCopy(copies, life.message)
  const twin = copies.lives.get(life)
  if (twin) return twin
  const copy = lifeWith(life, message, destination)
  copies.lives.set(life, copy)
  copy.sibling = life.sibling && lifeCopy(copies, life.sibling)
  copyArrivals(copies, life, copy)
  return copy
}

const lifeWith = (life: Life, message: Message, destination: DestinationRecord): Life => ({
  message,
  destination,
  first: life.first,
  receipt: life.receipt,
  firstArrival: life.firstArrival,
  lastArrival: life.lastArrival,
  arrivals: life.arrivals,
  earlier: life.earlier,
  carried: life.carried,
  early: life.early,
  ended: life.ended,
  bucket: life.bucket,
  tally: life.tally === life.destination.tally ? destination.tally : life.tally,
  countedBefore: life.countedBefore,
  waitEnded: life.waitEnded,
  passNumber: life.passNumber,
  receiptNumber: life.receiptNumber,
  receivedBy: copyIndexSet(life.receivedBy),
  audiences: copyIndexSet(life.audiences),
  sibling: life.sibling,
  view: life.view,
})

/** Copies its arrivals in a loop: recursion along the list could exceed the call stack. */
function copyArrivals(copies: Copies, life: Life, copy: Life): void {
  let last: Arrival | null = null
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    const twin: Arrival = copies.arrivals.get(arrival) ?? bareArrival(copies, arrival, copy)
    if (last) last.next = twin
    else copy.firstArrival = twin
    last = twin
  }
  copy.lastArrival = last
}

function bareArrival(copies: Copies, arrival: Arrival, life: Life): Arrival {
  const pane = paneCopy(copies, arrival.pane)
  const known = copies.arrivals.get(arrival)
  if (known) return known
  const copy: Arrival = {
    life,
    pane,
    event: arrival.event,
    group: arrival.group,
    state: arrival.state,
    offset: arrival.offset,
    ordinal: arrival.ordinal,
    movedAt: arrival.movedAt,
    movedBy: arrival.movedBy,
    reason: arrival.reason,
    kind: arrival.kind,
    fromDeadLetters: arrival.fromDeadLetters,
    row: arrival.row,
    stale: arrival.stale,
    next: null,
    view: arrival.view,
  }
  copies.arrivals.set(arrival, copy)
  return copy
}

function arrivalCopy(copies: Copies, arrival: Arrival): Arrival {
  const known = copies.arrivals.get(arrival)
  if (known) return known
  const life = lifeCopy(copies, arrival.life)
  return copies.arrivals.get(arrival) ?? bareArrival(copies, arrival, life)
}
