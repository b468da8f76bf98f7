import { type BoundedMap, createBoundedMap } from '#lib/util/bounded-map.ts'

/** Which of the consumers and queues that the broker lists are this process's own; the others are outside ones. */

/** The broker may count a consumer for a moment longer than it lives. */
const GONE_GRACE_MS = 1_000

/** The consumers of this process, by queue. */
export class OwnConsumers {
  readonly #byQueue = new Map<string, Set<{ goneAt: number | null }>>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** A consumer is about to subscribe to that queue; call the returned function when it has unsubscribed. */
  enter(queue: string): () => void {
    const one: { goneAt: number | null } = { goneAt: null }
    const all = this.#byQueue.get(queue) ?? new Set()
    this.#byQueue.set(queue, all.add(one))
    return () => {
      one.goneAt ??= this.#now()
    }
  }

  /** How many are subscribed, or left so lately that the broker may still count them. */
  countAt(queue: string): number {
    const all = this.#byQueue.get(queue)
    if (!all) return 0
    for (const one of all) {
      if (one.goneAt !== null && this.#now() - one.goneAt > GONE_GRACE_MS) all.delete(one)
    }
    if (all.size === 0) this.#byQueue.delete(queue)
    return all.size
  }
}

/** Enough for every subscriber of a process, and for those that lost their queue and made another lately. */
const OWN_QUEUES_MAX = 2_000

/**
 * The exclusive queues of this process's subscribers, with the subscriber's name. Deleted ones are remembered for a while, as
 * the broker's list may lag.
 */
export type OwnQueues = BoundedMap<string>

export const createOwnQueues = (): OwnQueues => createBoundedMap(OWN_QUEUES_MAX)
