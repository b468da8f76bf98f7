import type { BrokerReason } from '#lib/protocol/status.ts'
import { ProbeError } from '../recipe.ts'
import { reasonOf } from './errors.ts'

export type ProbeFailure = BrokerReason

/** Why the broker can't be used: what the handshake found, or what failed after it. */
export function failureOf(error: unknown): ProbeFailure {
  if (error instanceof ProbeError) return error.reason
  return { code: 'connecting', text: reasonOf(error) }
}
