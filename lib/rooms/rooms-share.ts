import { ADDED_CONSUMERS_MAX, HISTORIES_MAX_BYTES, MESSAGES_MAX } from '#lib/protocol/limits.ts'
import { Allowance, SharedBound } from './shared-bound.ts'

/** What all rooms of the process may have together, beside what each may alone. */
export interface RoomsShare {
  /** Bytes of history. */
  readonly histories: SharedBound
  /** Messages that rooms can recognise. */
  readonly messages: SharedBound
  /** Bytes of content that is kept, after history has dropped it, for events that are still to come. */
  readonly pendingContent: Allowance
  /** Consumers that people and programs added. */
  readonly consumers: Allowance
}

const PENDING_CONTENT_MAX_BYTES = 32 * 1024 * 1024

export const createRoomsShare = (): RoomsShare => ({
  histories: new SharedBound(HISTORIES_MAX_BYTES),
  messages: new SharedBound(MESSAGES_MAX),
  pendingContent: new Allowance(PENDING_CONTENT_MAX_BYTES),
  consumers: new Allowance(ADDED_CONSUMERS_MAX),
})
