import type { ConsumerEvent } from '../contract.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import type { Identities } from './message-identity.ts'
import type { WorkerSession } from './worker-session.ts'

/** What a desk needs of its consumer. */
export interface DeskParts {
  strategy: ConsumeStrategy
  /** The queue's kind as far as known. */
  kind(): string | null
  identities: Identities
  nextDelivery(): number
  emit(event: ConsumerEvent): void
  /** Whether this session is still the consumer's; it may crash or leave while it hands a delivery on. */
  isCurrent(session: WorkerSession): boolean
}
