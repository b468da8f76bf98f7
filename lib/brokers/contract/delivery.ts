import type { Address } from '#lib/protocol/address.ts'
import type { Metadata } from '#lib/protocol/metadata.ts'

/** One arrival of one message. `delivery` is a number this consumer never uses twice. */
export interface Delivery {
  type: 'delivered'
  delivery: number
  /** The id the message claims, or that matching by order found; null when it has none. Whether it is ours is the room's decision. */
  messageId: string | null
  /**
   * The message's own name, the same at every consumer and redelivery as far as the protocol allows:
   * `kafka:<topic>:<partition>:<offset>`. The id of outside messages.
   */
  identity: string
  /** When it was written, in milliseconds, by whichever clock. Tells it from what had its identity before the destination was made again. */
  writtenAt?: number
  body: Uint8Array
  /** The body was null, which is not an empty one. `body` is empty then. */
  nullBody?: boolean
  key?: string
  /** The key where it is not valid UTF-8; `key` is then a readable rendering. */
  keyBytes?: Uint8Array
  /** Reads what rode beside the body, exactly, while the event is taken. Made with `bind`: a closure per delivery costs microseconds. */
  metadata?: () => Metadata
  sender?: string
  attempt: number | null
  redelivered: boolean
  address: Address
  /** It waits for its consumer's `ack`, `requeue` or `reject`. Absent or false: handing over was all. */
  inHand?: boolean
  /** It could not be read, so that the body is empty: why, and how many records came together and are lost with it. */
  unreadable?: { reason: string; records: number }
  /** At a reader of dead letters: why it came there, in the broker's own record. */
  death?: {
    how: 'expired' | 'dead-lettered'
    reason: string
    attempts: number | null
  }
  at: number
}
