import type { Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import { brokerDown, isErrorReply, isNeverWritten, wordsOf } from './reasons.ts'

/**
 * What became of a write whose command failed: refused by Redis, or uncertain, since the connection ended before the
 * reply. Throws AppError `broker-down` when it was never written.
 */
export function unreceived(error: unknown): Receipt {
  const reason = wordsOf(error)
  if (isNeverWritten(error)) throw brokerDown(reason, error)
  return isErrorReply(error)
    ? { outcome: 'refused', evidence: 'broker', at: now(), reason }
    : { outcome: 'uncertain', evidence: 'client', at: now(), reason }
}
