import type { ConsumerEvent } from '../contract.ts'
import type { Identities } from './identity.ts'
import type { Reading } from './reading.ts'
import type { WorkerSession } from './worker-session.ts'

/** What a desk needs of its consumer. */
export interface DeskParts {
  reading: Reading
  /** The queue's kind as far as known. */
  kind(): string | null
  identities: Identities
  nextDelivery(): number
  emit(event: ConsumerEvent): void
  /** Whether this session is still the consumer's; it may crash or leave while it hands a delivery on. */
  isCurrent(session: WorkerSession): boolean
}
