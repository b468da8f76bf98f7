import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { exchangeFactsOf } from './facts-exchange.ts'
import { queueFactsOf } from './facts-queue.ts'
import { createStreamFacts } from './facts-stream.ts'
import type { DriverParts } from './parts.ts'

/**
 * A destination's facts, fresh from the broker. AMQP tells the little it tells; the rest is the management API's, and is
 * null, or empty, without it. Throws AppError `broker-refused` when the destination is gone.
 */
export function createFactsReader(parts: DriverParts): (address: string) => Promise<Facts> {
  const streamFactsOf = createStreamFacts(parts)
  return async (address) => {
    const mode = parts.topology.of(address)?.spec.mode ?? 'queue'
    switch (mode) {
      case 'queue':
        return queueFactsOf(parts, address)
      case 'fanout':
        return exchangeFactsOf(parts, address)
      case 'log':
        return streamFactsOf(address)
      default:
        throw new AppError('not-capable', `no facts of a ${String(mode)}`)
    }
  }
}
