/** The broker may count a consumer for a moment longer than we do, or than it lives. */
const GONE_GRACE_MS = 1_000

/** How many consumers of this process are at a queue, so that the others the broker counts are known to be outside ones. */
export interface Presence {
  /** Returns how to say that it has gone. */
  enter(queue: string): () => void
  /** Those there, and those gone so lately that the broker may still count them. */
  at(queue: string): number
}

export function createPresence(now: () => number): Presence {
  const there = new Map<string, Set<{ goneAt: number | null }>>()
  return {
    enter: (queue) => {
      const one: { goneAt: number | null } = { goneAt: null }
      const all = there.get(queue) ?? new Set()
      there.set(queue, all.add(one))
      return () => {
        one.goneAt ??= now()
      }
    },
    at: (queue) => {
      const all = there.get(queue)
      if (!all) return 0
      for (const one of all) if (one.goneAt !== null && now() - one.goneAt > GONE_GRACE_MS) all.delete(one)
      if (all.size === 0) there.delete(queue)
      return all.size
    },
  }
}
