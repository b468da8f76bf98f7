import { firstState } from '#lib/ledger/model/first-state.ts'
import type { EventOf, LifeEvent, RoomEvent } from '#lib/protocol/events.ts'
import { laneKey } from './scene.ts'

/** What the broker moved, said by its events: one event may mean several moves, most mean one or none. */
export type Move =
  /** In from whoever wrote it. `melts`: nobody listened. `bounces`: it came back or was refused. */
  | {
      kind: 'in'
      lane: string
      messageId: string
      partition: number | null
      end: 'kept' | 'melts' | 'bounces'
    }
  | { kind: 'out'; lane: string; messageId: string; consumer: string; partition: number | null }
  /** Handed over and not finished: it flies back to where it was kept. */
  | { kind: 'back'; lane: string; messageId: string; consumer: string }
  /** Rejected: gone where it lies. */
  | { kind: 'drop'; lane: string; messageId: string; consumer: string | null }
  | { kind: 'fall'; lane: string; messageId: string; consumer: string | null }
  /** A partition changes hands; `from` null: nobody had it. */
  | { kind: 'lift'; lane: string; partition: number; from: string | null; to: string }

/** Messages remembered as having gone in; older ones are drawn without their way in. */
const REMEMBERED = 4_000
/** A first delivery this long after the send is a replay or a backlog: only its way out is news. */
const FRESH_MS = 3_000
/** At a crash no more than these are drawn flying back. */
const RETURNS_DRAWN = 20
const IN_HAND_REMEMBERED = 1_000
const REJECTED_REMEMBERED = 200

export interface Moves {
  of(event: RoomEvent): readonly Move[]
}

const NONE: readonly Move[] = []

const partitionOf = (event: LifeEvent): number | null => {
  const address = event.kind === 'published' || event.kind === 'delivered' ? event.address : undefined
  return address?.kind === 'offset' ? address.partition : address?.kind === 'entry' ? 0 : null
}

function isFresh(event: EventOf<'delivered'>): boolean {
  if (event.redelivered) return false
  return event.latencyMs === null ? event.number !== undefined : event.latencyMs < FRESH_MS
}

/** A set that forgets what it heard first. */
function createMemory(max: number) {
  const known = new Set<string>()
  return {
    /** Whether it was not known before. */
    add: (key: string): boolean => {
      if (known.has(key)) return false
      known.add(key)
      if (known.size > max) {
        const [oldest] = known
        if (oldest !== undefined) known.delete(oldest)
      }
      return true
    },
  }
}

interface Memory {
  /** Messages that have gone in, by lane. */
  taken: ReturnType<typeof createMemory>
  /** What each consumer holds: message by delivery. */
  hands: Map<string, Map<number, string>>
  /** Who owned which partitions, by lane and group. */
  owners: Map<string, Map<number, string>>
  /** Who rejected a message last: it falls from there. */
  rejectedBy: Map<string, string>
}

const handOf = (memory: Memory, place: string): Map<number, string> => {
  const known = memory.hands.get(place)
  if (known) return known
  const made = new Map<number, string>()
  memory.hands.set(place, made)
  return made
}

function deliveredMoves(memory: Memory, lane: string, event: EventOf<'delivered'>): Move[] {
  const { messageId, consumer } = event
  const partition = partitionOf(event)
  const moves: Move[] = []
  if (isFresh(event) && memory.taken.add(`${lane} ${messageId}`)) {
    moves.push({ kind: 'in', lane, messageId, partition, end: 'kept' })
  }
  if (firstState(event) === 'in-hand') {
    const hand = handOf(memory, `${lane} ${consumer}`)
    if (hand.size < IN_HAND_REMEMBERED) hand.set(event.delivery, messageId)
  }
  moves.push({ kind: 'out', lane, messageId, consumer, partition })
  return moves
}

function inMoves(
  memory: Memory,
  lane: string,
  event: LifeEvent,
  end: 'kept' | 'melts' | 'bounces',
): readonly Move[] {
  const { messageId } = event
  if (!memory.taken.add(`${lane} ${messageId}`)) return NONE
  return [{ kind: 'in', lane, messageId, partition: partitionOf(event), end }]
}

function settledMoves(
  memory: Memory,
  lane: string,
  event: EventOf<'acknowledged' | 'requeued' | 'rejected'>,
): readonly Move[] {
  const { messageId, consumer } = event
  handOf(memory, `${lane} ${consumer}`).delete(event.delivery)
  if (event.kind === 'acknowledged') return NONE
  if (event.kind === 'rejected') {
    if (memory.rejectedBy.size >= REJECTED_REMEMBERED) memory.rejectedBy.clear()
    memory.rejectedBy.set(`${lane} ${messageId}`, consumer)
  }
  return [{ kind: event.kind === 'requeued' ? 'back' : 'drop', lane, messageId, consumer }]
}

function fallMoves(memory: Memory, lane: string, { messageId }: EventOf<'dead-lettered'>): readonly Move[] {
  const consumer = memory.rejectedBy.get(`${lane} ${messageId}`) ?? null
  memory.rejectedBy.delete(`${lane} ${messageId}`)
  return [{ kind: 'fall', lane, messageId, consumer }]
}

/** A crash, or a cut: what it held goes back. */
function consumerMoves(memory: Memory, lane: string, event: EventOf<'consumer'>): readonly Move[] {
  const { consumer, now } = event
  if (now.state === 'attached' || now.state === 'paused') return NONE
  const hand = memory.hands.get(`${lane} ${consumer}`)
  memory.hands.delete(`${lane} ${consumer}`)
  if (!hand) return NONE
  return [...hand.values()]
    .slice(0, RETURNS_DRAWN)
    .map((messageId): Move => ({ kind: 'back', lane, messageId, consumer }))
}

function assignmentMoves(memory: Memory, lane: string, event: EventOf<'assignment'>): readonly Move[] {
  if (event.phase !== 'stable') return NONE
  const place = `${lane} ${event.group}`
  const before = memory.owners.get(place)
  const owners = new Map<number, string>()
  for (const { consumer, partitions } of event.members)
    for (const partition of partitions) owners.set(partition, consumer)
  memory.owners.set(place, owners)
  if (!before) return NONE
  return [...owners].flatMap(([partition, to]): Move[] => {
    const from = before.get(partition) ?? null
    return from === to ? [] : [{ kind: 'lift', lane, partition, from, to }]
  })
}

function movesOf(memory: Memory, event: RoomEvent): readonly Move[] {
  if (!('destination' in event) || event.system === undefined || event.destination === undefined) return NONE
  const lane = laneKey(event.system, event.destination)
  switch (event.kind) {
    case 'published':
    case 'uncertain':
      return inMoves(memory, lane, event, 'kept')
    case 'unheard':
      return inMoves(memory, lane, event, 'melts')
    case 'returned':
    case 'refused':
      return inMoves(memory, lane, event, 'bounces')
    case 'delivered':
      return deliveredMoves(memory, lane, event)
    case 'acknowledged':
    case 'requeued':
    case 'rejected':
      return settledMoves(memory, lane, event)
    case 'dead-lettered':
      return fallMoves(memory, lane, event)
    case 'expired':
    case 'trimmed':
      return [{ kind: 'drop', lane, messageId: event.messageId, consumer: null }]
    case 'consumer':
      return consumerMoves(memory, lane, event)
    case 'assignment':
      return assignmentMoves(memory, lane, event)
    default:
      return NONE
  }
}

/** Turns events into moves. Remembers, within limits, what went in already and who holds what. */
export function createMoves(): Moves {
  const memory: Memory = {
    taken: createMemory(REMEMBERED),
    hands: new Map(),
    owners: new Map(),
    rejectedBy: new Map(),
  }
  return { of: (event) => movesOf(memory, event) }
}
