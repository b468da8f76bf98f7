import type { AttachedConsumer } from '#lib/brokers/contract.ts'

/** All consumers of one driver, from the beginning of each one's attaching until it has ended. */
export interface Consumers<C extends AttachedConsumer> {
  /** Aborts when the driver closes. */
  readonly closing: AbortSignal
  /**
   * Enters the consumer that `make` attaches, until `onEnded` is called. Throws what `make` throws.
   */
  attach(make: (onEnded: () => void) => Promise<C>): Promise<C>
  /** Those attached to that destination. */
  of(address: string): C[]
  all(): C[]
  /** All leave; those that are attaching give up. Resolves once none is left. Idempotent. */
  close(leave: (consumer: C) => Promise<void>): Promise<void>
}

/** The driver ends it with `close`. */
export function createConsumers<C extends AttachedConsumer>(): Consumers<C> {
  const attached = new Set<C>()
  const attaching = new Set<Promise<C>>()
  const closing = new AbortController()

  return {
    closing: closing.signal,
    attach: async (make) => {
      let ended = false
      let entered: C | undefined
      const attempt = make(() => {
        ended = true
        if (entered) attached.delete(entered)
      })
      attaching.add(attempt)
      try {
        entered = await attempt
        if (!ended) attached.add(entered)
        return entered
      } finally {
        attaching.delete(attempt)
      }
    },
    of: (address) => [...attached].filter(({ spec }) => spec.address === address),
    all: () => [...attached],
    close: async (leave) => {
      closing.abort(new Error('the driver was closed'))
      await Promise.allSettled(attaching)
      await Promise.all([...attached].map((consumer) => leave(consumer)))
    },
  }
}
