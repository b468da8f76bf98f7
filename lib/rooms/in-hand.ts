import type { MessageRecord, SentTable } from './sent-table.ts'

/** The arrivals one consumer has not settled yet: which message a later acknowledgement speaks of. */
export interface InHand {
  put(delivery: number, record: MessageRecord): void
  take(delivery: number): MessageRecord | undefined
  /** They will never be settled by this consumer: it left, crashed or lost its connection. */
  clear(): void
}

/**
 * More than any prefetch short of "no limit". Beyond it the oldest is forgotten, and its acknowledgement is not told
 * as an event of the message.
 */
const IN_HAND_MAX = 100_000

export function createInHand(messages: SentTable, max: number = IN_HAND_MAX): InHand {
  const held = new Map<number, MessageRecord>()

  function take(delivery: number): MessageRecord | undefined {
    const record = held.get(delivery)
    if (record === undefined) return undefined
    held.delete(delivery)
    messages.settled(record)
    return record
  }

  function put(delivery: number, record: MessageRecord): void {
    if (held.size >= max) {
      const oldest = held.keys().next()
      if (!oldest.done) take(oldest.value)
    }
    record.pending += 1
    held.set(delivery, record)
  }

  function clear(): void {
    for (const record of held.values()) messages.settled(record)
    held.clear()
  }

  return { put, take, clear }
}
