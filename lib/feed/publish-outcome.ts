import type { Failure } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { RefusedSend } from './feed.ts'
import type { Answer } from './socket.ts'

/**
 * What became of one system's part of a publish. `unanswered`: it may have been taken, and only the same server can
 * tell, by the same id. `offline`: it never left this browser.
 */
export type PublishOutcome =
  | { state: 'sent' }
  | { state: 'broker-down' }
  | { state: 'refused'; failure: Failure }
  | { state: 'unanswered' }
  | { state: 'offline' }

export interface PublishOutcomes {
  number: number | null
  /** The room refused the whole publish, before any system was asked. */
  refusedWhole: Failure | null
  of(system: SystemId): PublishOutcome
}

export function outcomesOf(answer: Answer<'message:publish'>): PublishOutcomes {
  if (answer.got === 'nothing') {
    const outcome: PublishOutcome = { state: answer.because === 'not-connected' ? 'offline' : 'unanswered' }
    return { number: null, refusedWhole: null, of: () => outcome }
  }
  const { reply } = answer
  if (!reply.ok) return { number: null, refusedWhole: reply, of: () => failedOutcome(reply) }
  const { number, outcomes } = reply.value
  return {
    number,
    refusedWhole: null,
    of: (system) => {
      const outcome = outcomes[system]
      return outcome && !outcome.ok ? failedOutcome(outcome) : { state: 'sent' }
    },
  }
}

const failedOutcome = (failure: Failure): PublishOutcome =>
  failure.code === 'broker-down' ? { state: 'broker-down' } : { state: 'refused', failure }

export const refusal = (
  system: RefusedSend['system'],
  text: string,
  failure: Omit<Failure, 'ok'>,
): RefusedSend => ({
  system,
  code: failure.code,
  text,
  ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  ...(failure.detail === undefined ? {} : { detail: failure.detail }),
})
