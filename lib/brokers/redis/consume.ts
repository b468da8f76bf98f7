import type { AttachedConsumer } from '#lib/brokers/contract.ts'

/** A consumer that comes back by itself after a loss of its connection, as its driver sees it. */
export interface DriverConsumer extends AttachedConsumer {
  /** The driver's own connections are open again: it tries now. */
  brokerIsBack(): void
}

/** All consumers of one driver, from their first command to Redis to the last. */
export interface Consumers {
  /** Keeps what `make` attaches until it calls `onEnded`. Throws what `make` throws; its signal aborts at closing. */
  attach<T extends DriverConsumer>(make: (signal: AbortSignal, onEnded: () => void) => Promise<T>): Promise<T>
  brokerIsBack(): void
  /** All leave; those about to attach give up. Resolves once none of their connections is left. */
  close(): Promise<void>
}

export function createConsumers(): Consumers {
  const attached = new Set<DriverConsumer>()
  const attaching = new Set<Promise<DriverConsumer>>()
  const closing = new AbortController()

  return {
    attach: async (make) => {
      let ended = false
      let entered: DriverConsumer | undefined
      const attempt = make(closing.signal, () => {
        ended = true
        if (entered) attached.delete(entered)
      })
      attaching.add(attempt)
      try {
        const consumer = await attempt
        entered = consumer
        if (!ended) attached.add(consumer)
        return consumer
      } finally {
        attaching.delete(attempt)
      }
    },
    brokerIsBack: () => {
      for (const consumer of attached) consumer.brokerIsBack()
    },
    close: async () => {
      closing.abort()
      await Promise.allSettled(attaching)
      await Promise.all([...attached].map((consumer) => consumer.leave()))
    },
  }
}
