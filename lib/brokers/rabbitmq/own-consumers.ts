/**
 * Which of the consumers and queues that the broker lists are this process's own; the others are outside ones.
 */

/** The broker may count a consumer for a moment longer than it lives. */
const GONE_GRACE_MS = 1_000

/** The consumers of this process, by queue. */
export interface OwnConsumers {
  /** A consumer is about to subscribe to that queue; call the returned function when it has unsubscribed. */
  enter(queue: string): () => void
  /** How many are subscribed, or left so lately that the broker may still count them. */
  countAt(queue: string): number
}

export function createOwnConsumers(now: () => number): OwnConsumers {
  const byQueue = new Map<string, Set<{ goneAt: number | null }>>()
  return {
    enter: (queue) => {
      const one: { goneAt: number | null } = { goneAt: null }
      const all = byQueue.get(queue) ?? new Set()
      byQueue.set(queue, all.add(one))
      return () => {
        one.goneAt ??= now()
      }
    },
    countAt: (queue) => {
      const all = byQueue.get(queue)
      if (!all) return 0
      for (const one of all) if (one.goneAt !== null && now() - one.goneAt > GONE_GRACE_MS) all.delete(one)
      if (all.size === 0) byQueue.delete(queue)
      return all.size
    },
  }
}

/** Enough for every subscriber of a process, and for those that lost their queue and made another lately. */
const OWN_QUEUES_MAX = 2_000

/** The exclusive queues of this process's subscribers. Deleted ones are remembered for a while, as the broker's list may lag. */
export interface OwnQueues {
  add(queue: string, consumer: string): void
  /** The subscriber's name; null for a queue of another program. */
  consumerOf(queue: string): string | null
}

export function createOwnQueues(): OwnQueues {
  const consumers = new Map<string, string>()
  return {
    add: (queue, consumer) => {
      consumers.set(queue, consumer)
      const [oldest] = consumers.keys()
      if (consumers.size > OWN_QUEUES_MAX && oldest !== undefined) consumers.delete(oldest)
    },
    consumerOf: (queue) => consumers.get(queue) ?? null,
  }
}
