import type { ConsumerEvent, ConsumerSpec, DriverOptions } from '#lib/brokers/contract.ts'
import type { Channels } from './channels.ts'
import { attachSubscriber, type Subscriber } from './subscriber.ts'

/** A driver's subscribers, from the first word to Redis to the last. */
export interface Subscribers {
  /** Throws AppError; `broker-down` also when closing begins meanwhile. */
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<Subscriber>
  all(): Subscriber[]
  /** The driver's own connections are open again: whoever is away tries now, and all make sure of their places. */
  brokerIsBack(): void
  /** All leave; who is about to attach gives up. Resolves once no connection of theirs is left. */
  close(): Promise<void>
}

export function createSubscribers(
  driver: Pick<DriverOptions, 'url' | 'clientName'>,
  channels: Channels,
  onFault: (fault: { address: string; consumer: string; code: string; text: string }) => void,
): Subscribers {
  const attached = new Set<Subscriber>()
  const attaching = new Set<Promise<Subscriber>>()
  const closing = new AbortController()

  const begin = async (spec: ConsumerSpec, listener: (event: ConsumerEvent) => void) => {
    const subscriber = await attachSubscriber({
      spec,
      driver,
      signal: closing.signal,
      channels,
      listener,
      onFault: (code, text) => onFault({ address: spec.address, consumer: spec.name, code, text }),
      onEnded: () => {
        attached.delete(subscriber)
        channels.tidy(spec.address)
      },
    })
    attached.add(subscriber)
    return subscriber
  }
  return {
    attach: async (spec, listener) => {
      const attempt = begin(spec, listener)
      attaching.add(attempt)
      try {
        return await attempt
      } finally {
        attaching.delete(attempt)
      }
    },
    all: () => [...attached],
    brokerIsBack: () => {
      for (const subscriber of attached) {
        subscriber.retryNow()
        subscriber.ask()
      }
    },
    close: async () => {
      closing.abort()
      await Promise.allSettled(attaching)
      await Promise.all([...attached].map((subscriber) => subscriber.leave()))
    },
  }
}
