import { addressPartition } from '#lib/protocol/address.ts'
import type { EventOf, LifeEvent, RoomEvent } from '#lib/protocol/events.ts'
import { laneKey } from './scene.ts'

/** One movement in the Flow, derived from an event. Most events mean one move or none, some mean several. */
export type Move =
  /** From its producer to the broker, with what became of it there: stored, heard by nobody, or refused and returned. */
  | {
      kind: 'publish'
      lane: string
      messageId: string
      partition: number | null
      outcome: PublishOutcome
    }
  | { kind: 'deliver'; lane: string; messageId: string; consumer: string; partition: number | null }
  /** From a consumer that did not finish it back to where it is stored. */
  | { kind: 'requeue'; lane: string; messageId: string; consumer: string }
  /** Gone where it is: rejected by `consumer`, or expired or trimmed in the store (null). */
  | { kind: 'drop'; lane: string; messageId: string; consumer: string | null }
  /** To the dead letters, from the consumer that rejected it or from the store (null). */
  | { kind: 'dead-letter'; lane: string; messageId: string; consumer: string | null }
  /** A partition goes to another reader; `from` null: nobody had it. */
  | { kind: 'reassign'; lane: string; partition: number; from: string | null; to: string }

type PublishOutcome = 'stored' | 'unheard' | 'refused'

/** How many published messages are remembered; for an older one only the delivery is drawn. */
const PUBLISHED_MAX = 4_000
/** A first delivery this long after the send, in milliseconds, is a replay or a backlog: only the delivery is drawn. */
const FRESH_MS = 3_000
/** How many of the messages that a crashed consumer held are drawn going back. */
const REQUEUES_DRAWN_MAX = 20
const UNACKED_MAX = 1_000
const REJECTED_MAX = 200

export interface Moves {
  of(event: RoomEvent): readonly Move[]
}

const NONE: readonly Move[] = []

const partitionOf = (event: LifeEvent): number | null => {
  const address = event.kind === 'published' || event.kind === 'delivered' ? event.address : undefined
  return address ? addressPartition(address) : null
}

function isFresh(event: EventOf<'delivered'>): boolean {
  if (event.redelivered) return false
  return event.latencyMs === null ? event.number !== undefined : event.latencyMs < FRESH_MS
}

/** A set of at most `max` keys; the oldest is dropped first. */
function createBoundedSet(max: number) {
  const known = new Set<string>()
  return {
    /** Returns whether the key is new. */
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
  /** Messages whose publish has been drawn, by lane. */
  published: ReturnType<typeof createBoundedSet>
  /** Unacked messages by consumer and delivery. */
  unacked: Map<string, Map<number, string>>
  /** The owner of each partition, by lane and group. */
  owners: Map<string, Map<number, string>>
  /** Which consumer rejected a message last: its dead letter starts there. */
  rejectedBy: Map<string, string>
}

function unackedOf(memory: Memory, consumerKey: string): Map<number, string> {
  const known = memory.unacked.get(consumerKey) ?? new Map<number, string>()
  memory.unacked.set(consumerKey, known)
  return known
}

function deliveredMoves(memory: Memory, lane: string, event: EventOf<'delivered'>): Move[] {
  const { messageId, consumer } = event
  const partition = partitionOf(event)
  const moves: Move[] = []
  if (isFresh(event) && memory.published.add(`${lane} ${messageId}`)) {
    moves.push({ kind: 'publish', lane, messageId, partition, outcome: 'stored' })
  }
  if (event.inHand) {
    const unacked = unackedOf(memory, `${lane} ${consumer}`)
    if (unacked.size < UNACKED_MAX) unacked.set(event.delivery, messageId)
  }
  moves.push({ kind: 'deliver', lane, messageId, consumer, partition })
  return moves
}

function publishMoves(
  memory: Memory,
  lane: string,
  event: LifeEvent,
  outcome: PublishOutcome,
): readonly Move[] {
  const { messageId } = event
  if (!memory.published.add(`${lane} ${messageId}`)) return NONE
  return [{ kind: 'publish', lane, messageId, partition: partitionOf(event), outcome }]
}

function settledMoves(
  memory: Memory,
  lane: string,
  event: EventOf<'acknowledged' | 'requeued' | 'rejected'>,
): readonly Move[] {
  const { messageId, consumer } = event
  unackedOf(memory, `${lane} ${consumer}`).delete(event.delivery)
  if (event.kind === 'acknowledged') return NONE
  if (event.kind === 'rejected') {
    if (memory.rejectedBy.size >= REJECTED_MAX) memory.rejectedBy.clear()
    memory.rejectedBy.set(`${lane} ${messageId}`, consumer)
  }
  return [{ kind: event.kind === 'requeued' ? 'requeue' : 'drop', lane, messageId, consumer }]
}

function deadLetterMoves(
  memory: Memory,
  lane: string,
  { messageId }: EventOf<'dead-lettered'>,
): readonly Move[] {
  const consumer = memory.rejectedBy.get(`${lane} ${messageId}`) ?? null
  memory.rejectedBy.delete(`${lane} ${messageId}`)
  return [{ kind: 'dead-letter', lane, messageId, consumer }]
}

/** When a consumer crashes or loses its connection, what it held goes back. */
function consumerMoves(memory: Memory, lane: string, event: EventOf<'consumer'>): readonly Move[] {
  const { consumer, now } = event
  if (now.state === 'attached' || now.state === 'paused') return NONE
  const unacked = memory.unacked.get(`${lane} ${consumer}`)
  memory.unacked.delete(`${lane} ${consumer}`)
  if (!unacked) return NONE
  return [...unacked.values()]
    .slice(0, REQUEUES_DRAWN_MAX)
    .map((messageId): Move => ({ kind: 'requeue', lane, messageId, consumer }))
}

function assignmentMoves(memory: Memory, lane: string, event: EventOf<'assignment'>): readonly Move[] {
  if (event.phase !== 'stable') return NONE
  const group = `${lane} ${event.group}`
  const before = memory.owners.get(group)
  const owners = new Map<number, string>()
  for (const { consumer, partitions } of event.members)
    for (const partition of partitions) owners.set(partition, consumer)
  memory.owners.set(group, owners)
  if (!before) return NONE
  return [...owners].flatMap(([partition, to]): Move[] => {
    const from = before.get(partition) ?? null
    return from === to ? [] : [{ kind: 'reassign', lane, partition, from, to }]
  })
}

function movesOf(memory: Memory, event: RoomEvent): readonly Move[] {
  if (!('destination' in event) || event.system === undefined || event.destination === undefined) return NONE
  const lane = laneKey(event.system, event.destination)
  switch (event.kind) {
    case 'published':
    case 'uncertain':
      return publishMoves(memory, lane, event, 'stored')
    case 'unheard':
      return publishMoves(memory, lane, event, 'unheard')
    case 'returned':
    case 'refused':
      return publishMoves(memory, lane, event, 'refused')
    case 'delivered':
      return deliveredMoves(memory, lane, event)
    case 'acknowledged':
    case 'requeued':
    case 'rejected':
      return settledMoves(memory, lane, event)
    case 'dead-lettered':
      return deadLetterMoves(memory, lane, event)
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

/** Turns events into moves. Remembers a bounded number of published messages, unacked deliveries and partition owners. */
export function createMoves(): Moves {
  const memory: Memory = {
    published: createBoundedSet(PUBLISHED_MAX),
    unacked: new Map(),
    owners: new Map(),
    rejectedBy: new Map(),
  }
  return { of: (event) => movesOf(memory, event) }
}
