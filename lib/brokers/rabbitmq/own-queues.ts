/** Enough for every subscriber of a process, and for those that were lost and came back lately. */
const OWN_QUEUES_MAX = 2_000

/** Whose the queues are that subscribers have of their own. Those gone are remembered for a while, as the broker's list may lag. */
export interface OwnQueues {
  add(queue: string, consumer: string): void
  /** Null for a queue that is not of this process. */
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
