import type { MessageRecord, MessageTable } from './message-table.ts'

/** The deliveries that one consumer has not settled yet: which message a later acknowledgement is about. */
export interface UnsettledMessages {
  add(delivery: number, record: MessageRecord): void
  /** The message of a delivery that stays among them. */
  peek(delivery: number): MessageRecord | undefined
  /** Removes a delivery that is being settled; undefined when it is not among them. */
  take(delivery: number): MessageRecord | undefined
  /** This consumer will never settle them: it left, crashed or lost its connection. */
  clear(): void
}

/**
 * More than any prefetch except "no limit". Beyond it the oldest delivery is forgotten, and its acknowledgement is not
 * emitted as an event.
 */
const UNACKED_MAX = 100_000

export function createUnsettledMessages(
  messages: MessageTable,
  max: number = UNACKED_MAX,
): UnsettledMessages {
  const unacked = new Map<number, MessageRecord>()

  function take(delivery: number): MessageRecord | undefined {
    const record = unacked.get(delivery)
    if (record === undefined) return undefined
    unacked.delete(delivery)
    messages.settled(record)
    return record
  }

  function add(delivery: number, record: MessageRecord): void {
    if (unacked.size >= max) {
      const oldest = unacked.keys().next()
      if (!oldest.done) take(oldest.value)
    }
    record.pending += 1
    unacked.set(delivery, record)
  }

  function clear(): void {
    for (const record of unacked.values()) messages.settled(record)
    unacked.clear()
  }

  return { add, peek: (delivery) => unacked.get(delivery), take, clear }
}
