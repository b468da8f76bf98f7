import type { AttachedConsumer } from '#lib/brokers/contract.ts'

/** A consumer that comes back by itself, as its driver sees it. */
export interface Seated extends AttachedConsumer {
  /** Redis is back: tries now. */
  retryNow(): void
}

/** All consumers of one driver on streams and lists, from their first word to Redis to the last. */
export interface Roster {
  /** Enters what `make` attaches, until it calls `onEnded`. Throws what `make` throws; its signal aborts at closing. */
  attach<T extends Seated>(make: (signal: AbortSignal, onEnded: () => void) => Promise<T>): Promise<T>
  of(address: string): Seated[]
  brokerIsBack(): void
  /** All leave; who is about to attach gives up. Resolves once no connection of theirs is left. */
  close(): Promise<void>
}

export function createRoster(): Roster {
  const attached = new Set<Seated>()
  const attaching = new Set<Promise<Seated>>()
  const closing = new AbortController()

  return {
    attach: async (make) => {
      let ended = false
      let entered: Seated | undefined
      const attempt = make(closing.signal, () => {
        ended = true
        if (entered) attached.delete(entered)
      })
      attaching.add(attempt)
      try {
        const seated = await attempt
        entered = seated
        if (!ended) attached.add(seated)
        return seated
      } finally {
        attaching.delete(attempt)
      }
    },
    of: (address) => [...attached].filter(({ spec }) => spec.address === address),
    brokerIsBack: () => {
      for (const seated of attached) seated.retryNow()
    },
    close: async () => {
      closing.abort()
      await Promise.allSettled(attaching)
      await Promise.all([...attached].map((seated) => seated.leave()))
    },
  }
}
