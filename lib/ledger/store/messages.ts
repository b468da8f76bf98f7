import type { LifeEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import { type Metadata, metadataChars } from '#lib/protocol/metadata.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { NO_INDEXES } from '#lib/util/index-set.ts'
import { enterTally, tallyContent } from '../counters/buckets.ts'
import { tallyRelease } from '../counters/tally.ts'
import type { Arrival, DestinationRecord, Life, Message } from '../model/records.ts'
import type { ContentView } from '../model/views.ts'
import { arrivalsIn, growRow, touchRow, trimRows } from './rows.ts'
import type { LedgerState } from './state.ts'

/** The share of the list by age that may lie unused in front before the rest is moved. */
const SLACK = 0.25
const SLACK_MIN = 64

const NO_CONTENT: ContentView = {
  messageId: '',
  number: null,
  text: null,
  bytes: null,
  omittedBytes: 0,
  unreadable: null,
  nullBody: false,
  encoding: null,
  sender: null,
  senderColour: null,
  key: null,
  keyBytes: null,
  omittedKeyBytes: 0,
  headers: null,
  fields: null,
  omittedFields: 0,
  outside: false,
  bearsIdOf: null,
  sentAt: null,
  load: null,
  sentTo: null,
}

/** What the event says, and what was known before where it says nothing. */
const contentOf = (event: LifeEvent, before: ContentView): ContentView => ({
  messageId: event.messageId,
  number: event.number ?? before.number,
  text: event.text ?? before.text,
  bytes: event.bytes ?? before.bytes,
  omittedBytes: event.omittedBytes ?? before.omittedBytes,
  unreadable: event.unreadable ?? before.unreadable,
  nullBody: event.nullBody ?? before.nullBody,
  encoding: event.encoding ?? before.encoding,
  sender: event.sender ?? before.sender,
  senderColour: event.senderColour ?? before.senderColour,
  key: event.key ?? before.key,
  keyBytes: event.keyBytes ?? before.keyBytes,
  omittedKeyBytes: event.omittedKeyBytes ?? before.omittedKeyBytes,
  headers: event.headers ?? before.headers,
  fields: event.fields ?? before.fields,
  omittedFields: event.omittedFields ?? before.omittedFields,
  outside: event.outside ?? before.outside,
  bearsIdOf: event.bearsIdOf ?? before.bearsIdOf,
  sentAt: event.sentAt ?? before.sentAt,
  load: event.load ?? before.load,
  sentTo: event.sentTo ?? before.sentTo,
})

/** Characters that a message's content takes, as far as its sender chose them. */
const charsOf = ({ text, bytes, headers, fields }: ContentView): number =>
  (text?.length ?? 0) + (bytes?.length ?? 0) + metadataChars({ headers, fields })

const carriesContent = (event: LifeEvent): boolean => event.number !== undefined || event.text !== undefined

/** The message that an event is about, made when it is new, with whatever content the event carries. */
export function messageOf(state: LedgerState, event: LifeEvent): Message {
  const known = heldMessage(state, event.messageId)
  if (known) {
    if (event.at < known.firstAt) known.firstAt = event.at
    touchMessage(known)
    if (event.seq > known.lastSeq) known.lastSeq = event.seq
    if (carriesContent(event)) applyContent(state, known, event)
    return known
  }
  const content = contentOf(event, rememberedOf(state, event.messageId))
  const message: Message = {
    id: event.messageId,
    content,
    chars: charsOf(content),
    firstLife: null,
    firstAt: event.at,
    weight: 1,
    lastSeq: event.seq,
    held: true,
    version: 1,
    view: null,
  }
  state.messages.set(message.id, message)
  state.lastMessage = message
  state.age.push(message)
  state.messageWeight += 1
  state.messageChars += message.chars
  noteNewest(state, message)
  evict(state)
  return message
}

/** Of a message that was let go of lately, its number is still known. */
function rememberedOf({ releasedNumbers }: LedgerState, id: string): ContentView {
  const number = releasedNumbers.get(id)
  return number === undefined ? NO_CONTENT : { ...NO_CONTENT, number }
}

/**
 * While history holds an event of the message, a further one comes without content. So many numbers are enough: by the time
 * that as many other messages were let go of, history has dropped its last event.
 */
function keepNumber(state: LedgerState, { id, content, lastSeq }: Message): void {
  if (content.number === null || state.seq - lastSeq > HISTORY_MAX_EVENTS) return
  state.releasedNumbers.add(id, content.number)
}

function heldMessage(state: LedgerState, id: string): Message | undefined {
  const last = state.lastMessage
  if (last !== null && last.id === id) return last
  const known = state.messages.get(id)
  if (known) state.lastMessage = known
  return known
}

/** Something about the message changed: its view and its traces are out of date. */
export function touchMessage(message: Message): void {
  message.version += 1
  message.view = null
}

function applyContent(state: LedgerState, message: Message, event: LifeEvent): void {
  const before = charsOf(message.content)
  message.content = contentOf(event, message.content)
  const chars = charsOf(message.content) - before
  message.chars += chars
  state.messageChars += chars
  for (let life = message.firstLife; life; life = life.sibling) {
    life.view = null
    tallyContent(life)
    for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
      refreshRow(state, arrival, chars)
    }
    if (life.earlier > 0) for (const arrival of releasedArrivals(life)) refreshRow(state, arrival, chars)
  }
  noteNewest(state, message)
}

/** What rode beside the body on the life's system; the newest arrival that shows it counts. */
export function applyCarried(state: LedgerState, life: Life, carried: Metadata): void {
  const chars = metadataChars(carried) - (life.carried === null ? 0 : metadataChars(life.carried))
  life.carried = carried
  life.message.chars += chars
  if (life.message.held) state.messageChars += chars
}

function noteNewest(state: LedgerState, message: Message): void {
  const { number } = message.content
  if (number !== null && number > state.numbered) state.numbered = number
  if (isNewer(message, state.newest)) state.newest = message
  if (message.content.load === null && isNewer(message, state.newestWritten)) state.newestWritten = message
}

const isNewer = ({ content: { number } }: Message, than: Message | null): boolean =>
  number !== null && number > (than?.content.number ?? Number.NEGATIVE_INFINITY)

/** The arrival's row shows the message's content, whose text became longer by `chars`. */
function refreshRow(state: LedgerState, arrival: Arrival, chars: number): void {
  const { pane } = arrival
  touchRow(pane.rows, arrival)
  pane.version += 1
  pane.view = null
  if (arrival.row < pane.rows.dropped) return
  growRow(pane.rows, arrival.row, chars)
  trimRows(pane.rows, state.rowsPerPane, state.limits.charsPerPane)
}

/** Arrivals that a life no longer holds, and whose rows are still held. */
function releasedArrivals(life: Life): Arrival[] {
  const kept = new Set<Arrival>()
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) kept.add(arrival)
  return [...life.destination.panes.values()].flatMap(({ rows }) =>
    arrivalsIn(rows).filter((arrival) => arrival.life === life && !kept.has(arrival)),
  )
}

/** Lets go of the oldest messages beyond the limits; the newest always stays. */
export function evict(state: LedgerState): void {
  const { limits } = state
  while (
    state.messages.size > 1 &&
    (state.messages.size > limits.messages ||
      state.messageWeight > limits.messageWeight ||
      state.messageChars > limits.messageChars)
  ) {
    const oldest = state.age[state.oldest]
    if (!oldest) return
    state.oldest += 1
    state.messages.delete(oldest.id)
    state.messageWeight -= oldest.weight
    state.messageChars -= oldest.chars
    release(state, oldest)
    if (state.lastMessage === oldest) state.lastMessage = null
  }
  if (state.oldest > SLACK_MIN + state.messages.size * SLACK) {
    state.age = state.age.slice(state.oldest)
    state.oldest = 0
  }
}

/** Rows still show its content, and must not keep its lives in memory. */
function release(state: LedgerState, message: Message): void {
  message.held = false
  message.view = null
  keepNumber(state, message)
  for (let life = message.firstLife; life; life = life.sibling) {
    tallyRelease(life)
    let arrival = life.firstArrival
    while (arrival) {
      const { next } = arrival
      arrival.next = null
      arrival = next
    }
    life.firstArrival = null
    life.lastArrival = null
    life.view = null
  }
  message.firstLife = null
}

export function findLife(message: Message, system: SystemId, destination: string): Life | undefined {
  for (let life = message.firstLife; life; life = life.sibling) {
    if (life.destination.system === system && life.destination.name === destination) return life
  }
  return undefined
}

/** The message's life on this destination, made by the first event about it. */
export function lifeOf(message: Message, destination: DestinationRecord, event: LifeEvent): Life {
  const known = findLife(message, event.system, event.destination)
  if (known) {
    enterTally(known, event)
    return known
  }
  const life: Life = {
    message,
    destination,
    first: event,
    receipt: null,
    firstArrival: null,
    lastArrival: null,
    arrivals: 0,
    earlier: 0,
    carried: null,
    early: null,
    ended: null,
    bucket: null,
    tally: null,
    countedBefore: null,
    waitEnded: null,
    passNumber: 0,
    receiptNumber: 0,
    receivedBy: NO_INDEXES,
    audiences: NO_INDEXES,
    sibling: null,
    view: null,
  }
  enterTally(life, event)
  if (life.countedBefore === null) destination.messages += 1
  if (message.firstLife) lastLife(message.firstLife).sibling = life
  else message.firstLife = life
  return life
}

function lastLife(first: Life): Life {
  let life = first
  while (life.sibling) life = life.sibling
  return life
}

/** The arrivals still held, oldest first. */
export function arrivalsOf(life: Life): Arrival[] {
  const arrivals: Arrival[] = []
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) arrivals.push(arrival)
  return arrivals
}

export function touchLife(life: Life): void {
  life.view = null
  touchMessage(life.message)
}
