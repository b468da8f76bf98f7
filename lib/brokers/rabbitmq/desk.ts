import type { ConsumeMessage } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent } from '../contract.ts'
import { describeDelivery } from './delivery.ts'
import { createHand, type InHand } from './hand.ts'
import type { Identities } from './identity.ts'
import type { WorkerSession } from './worker-session.ts'

/**
 * Where a worker's deliveries are handed on and settled: at once, or, while paused, not at all, so that its prefetch
 * fills up and the rest stays ready or goes to others. AMQP gives no receipt for an ack, hence the evidence `client`.
 */
export interface Desk {
  readonly isPaused: boolean
  receive(session: WorkerSession, message: ConsumeMessage): void
  pause(): void
  /** Settles what is in hand, oldest first; `session` null: there is no connection to settle it on. */
  resume(session: WorkerSession | null): void
  /** What is in hand is the broker's again. */
  letGo(): InHand[]
  /** Tells that these went back to the queue, which nobody confirms. */
  tellRequeued(entries: readonly InHand[], reason: string): void
}

interface DeskParts {
  address: string
  /** The queue's kind as far as known. */
  kind(): string | null
  identities: Identities
  nextDelivery(): number
  emit(event: ConsumerEvent): void
  /** Whether this session is still the worker's; it may crash or leave while it hands a delivery on. */
  isCurrent(session: WorkerSession): boolean
}

export function createDesk(parts: DeskParts): Desk {
  const hand = createHand(parts.address, parts.identities)
  let paused = false

  const settle = (session: WorkerSession, entry: InHand): void => {
    if (!session.ack(entry.message)) return
    hand.settled(entry)
    parts.emit({ type: 'acknowledged', delivery: entry.delivery, evidence: 'client', at: now() })
  }
  return {
    get isPaused() {
      return paused
    },
    receive: (session, message) => {
      const queue = { address: parts.address, kind: parts.kind() }
      const event = describeDelivery(message, queue, parts.nextDelivery(), parts.identities)
      const { delivery, identity, messageId } = event
      const entry: InHand = { delivery, identity, message, named: messageId !== null, fingerprint: null }
      hand.take(entry)
      parts.emit(event)
      if (!parts.isCurrent(session)) return
      if (paused) hand.keep(entry)
      else settle(session, entry)
    },
    pause: () => {
      paused = true
    },
    resume: (session) => {
      paused = false
      if (session) for (const entry of hand.entries()) settle(session, entry)
    },
    letGo: hand.letGo,
    tellRequeued: (entries, reason) => {
      for (const { delivery } of entries) {
        parts.emit({ type: 'requeued', delivery, evidence: 'inferred', at: now(), reason })
      }
    },
  }
}
