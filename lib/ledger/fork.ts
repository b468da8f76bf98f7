import type { LedgerState } from './ledger-state.ts'
import { copyMarks } from './marks.ts'
import { copyMeter } from './meter.ts'
import type { Arrival, Group, Lane, Life, Message, Pane, ReadMark, Rows, Slot } from './state.ts'

/**
 * A copy of everything the reducers write to, so that both can go on apart. What is never written to once made (views,
 * contents, events, drawn rows) is shared. Costs as much as the state holds, whatever it was made from.
 */
interface Copies {
  lanes: Map<Lane, Lane>
  panes: Map<Pane, Pane>
  messages: Map<Message, Message>
  lives: Map<Life, Life>
  arrivals: Map<Arrival, Arrival>
}

export function forkState(state: LedgerState): LedgerState {
  const copies: Copies = {
    lanes: new Map(),
    panes: new Map(),
    messages: new Map(),
    lives: new Map(),
    arrivals: new Map(),
  }
  const age = state.age.slice(state.oldest).map((message) => messageCopy(copies, message))
  return {
    ...withOwnMaps(state),
    lanes: new Map(
      Array.from(state.lanes, ([system, siblings]) => [
        system,
        new Map(Array.from(siblings, ([name, lane]) => [name, laneCopy(copies, lane)])),
      ]),
    ),
    lastLane: null,
    panes: new Map(Array.from(state.panes, ([id, pane]) => [id, paneCopy(copies, pane)])),
    messages: new Map(age.map((message) => [message.id, message])),
    lastMessage: null,
    age,
    oldest: 0,
    recent: state.recent.copy(),
    newest: state.newest && messageCopy(copies, state.newest),
  }
}

/** Its tables of plain values copied, whichever there are; what holds records of the ledger is copied by its own rule. */
function withOwnMaps<T extends object>(record: T): T {
  const copy = { ...record }
  for (const [name, value] of Object.entries(copy)) {
    if (value instanceof Map) Object.assign(copy, { [name]: new Map(value) })
  }
  return copy
}

function laneCopy(copies: Copies, lane: Lane): Lane {
  const known = copies.lanes.get(lane)
  if (known) return known
  const copy: Lane = {
    ...withOwnMaps(lane),
    counts: { ...lane.counts },
    book: { ...lane.book },
    meter: copyMeter(lane.meter),
    traced: null,
  }
  copies.lanes.set(lane, copy)
  copy.panes = new Map(Array.from(lane.panes, ([name, pane]) => [name, paneCopy(copies, pane)]))
  copy.order = lane.order.map((pane) => paneCopy(copies, pane))
  copy.groups = new Map(Array.from(lane.groups, ([name, group]) => [name, groupCopy(copies, group)]))
  copy.waiting = new Set(Array.from(lane.waiting, (life) => lifeCopy(copies, life)))
  return copy
}

function groupCopy(copies: Copies, { assignment, marks }: Group): Group {
  const markCopy = (mark: ReadMark): ReadMark => ({
    ...mark,
    queue: mark.queue.slice(mark.head).map((arrival) => arrivalCopy(copies, arrival)),
    head: 0,
  })
  return { assignment, marks: new Map(Array.from(marks, ([partition, mark]) => [partition, markCopy(mark)])) }
}

function paneCopy(copies: Copies, pane: Pane): Pane {
  const known = copies.panes.get(pane)
  if (known) return known
  const { highestIn } = pane.book
  const copy: Pane = {
    ...pane,
    lane: laneCopy(copies, pane.lane),
    presence: pane.presence.slice(),
    book: { ...pane.book, highestIn: highestIn && new Map(highestIn) },
  }
  // A lane's copy may have reached this pane meanwhile: whichever came first stands.
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
    ...rows,
    slots: rows.slots.slice(rows.start).map(slotCopy),
    sizes: rows.sizes.slice(rows.start),
    start: 0,
    changed: rows.changed.map((arrival) => arrivalCopy(copies, arrival)),
  }
}

function messageCopy(copies: Copies, message: Message): Message {
  const known = copies.messages.get(message)
  if (known) return known
  const copy: Message = { ...message }
  copies.messages.set(message, copy)
  copy.firstLife = message.firstLife && lifeCopy(copies, message.firstLife)
  return copy
}

function lifeCopy(copies: Copies, life: Life): Life {
  const known = copies.lives.get(life)
  if (known) return known
  const lane = laneCopy(copies, life.lane)
  const message = messageCopy(copies, life.message)
  const twin = copies.lives.get(life)
  if (twin) return twin
  const copy: Life = {
    ...life,
    message,
    lane,
    book: life.book === life.lane.book ? lane.book : life.book,
    hadBy: copyMarks(life.hadBy),
    audiences: copyMarks(life.audiences),
  }
  copies.lives.set(life, copy)
  copy.sibling = life.sibling && lifeCopy(copies, life.sibling)
  copyArrivals(copies, life, copy)
  return copy
}

/** Its arrivals, one after the other: as a chain they may be too many to follow by calls. */
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
  const copy: Arrival = { ...arrival, life, pane, next: null }
  copies.arrivals.set(arrival, copy)
  return copy
}

function arrivalCopy(copies: Copies, arrival: Arrival): Arrival {
  const known = copies.arrivals.get(arrival)
  if (known) return known
  const life = lifeCopy(copies, arrival.life)
  return copies.arrivals.get(arrival) ?? bareArrival(copies, arrival, life)
}
