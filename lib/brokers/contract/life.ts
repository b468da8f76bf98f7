import type { Address } from '#lib/protocol/address.ts'
import type { Evidence } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'

/** What became of one arrival at its consumer. */
export type ArrivalEnd = 'acknowledged' | 'committed' | 'requeued' | 'rejected' | 'lost' | 'unknown'

/** What happened in one step of a message's life on one system. */
export type StepFacts =
  | { step: 'sent' }
  /** A program outside wrote it; nobody here knows when. */
  | { step: 'outside' }
  /** It found a place, since the broker did not give it back. */
  | { step: 'routed' }
  | { step: 'published'; heardBy: number | null; address: Address | null }
  | { step: 'unheard' }
  | { step: 'returned' | 'refused' | 'uncertain'; reason: string }
  | {
      step: 'delivered'
      consumer: string
      group: string | null
      address: Address
      attempt: number | null
      redelivered: boolean
    }
  | {
      step: 'settled'
      how: ArrivalEnd
      consumer: string
      group: string | null
      address: Address
      /** Why, where its consumer said so. */
      reason?: string
    }
  | { step: 'ended'; how: 'expired' | 'dead-lettered' | 'trimmed'; reason: string; to: string | null }

/**
 * A step with when it happened, Unix time in milliseconds (null: not known), and how that is known. `latest`: it
 * happened by then, at the latest.
 */
export type LifeStep = StepFacts & { at: number | null; latest: boolean; evidence: Evidence }

/** What a raw fact is worded with. */
export interface FactContext {
  /** The destination's name on the broker. */
  address: string
  /** What it was made with. */
  settings: Settings
  key: string | null
}
