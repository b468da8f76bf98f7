import { now } from '#lib/util/clock.ts'
import type { Receipt } from '../contract.ts'
import { brokerCodeOf, reasonOf } from './errors.ts'
import { NeverSent, ReceiptLost } from './sender.ts'

/** The topic, or its partition, is not there: nothing of the batch was appended anywhere. */
const NEVER_APPENDED = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
])

export const notSent = (reason: string): Receipt => ({
  outcome: 'refused',
  evidence: 'client',
  at: now(),
  reason,
})

/**
 * What became of a batch that failed. One request answers for each partition, but kafkajs tells only the first refusal:
 * with several partitions in the batch the others may have been appended, and "refused" would be a guess.
 */
export function failedOutcome(error: unknown, partitions: number): Receipt {
  const at = now()
  const reason = reasonOf(error)
  if (error instanceof NeverSent) return notSent(reason)
  if (error instanceof ReceiptLost) return { outcome: 'uncertain', evidence: 'client', at, reason }
  const code = brokerCodeOf(error)
  if (code !== undefined && (partitions === 1 || NEVER_APPENDED.has(code))) {
    return { outcome: 'refused', evidence: 'broker', at, reason }
  }
  return { outcome: 'uncertain', evidence: 'client', at, reason }
}
