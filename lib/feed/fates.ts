import type { Failure } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { RefusedSend } from './feed.ts'
import type { Answer } from './socket.ts'

/**
 * What became of one system's part of a send. `unanswered`: it may have been taken, and only the same server can tell,
 * by the same id. `offline`: it never left this browser.
 */
export type Fate =
  | { fate: 'sent' }
  | { fate: 'broker-down' }
  | { fate: 'refused'; failure: Failure }
  | { fate: 'unanswered' }
  | { fate: 'offline' }

export interface Fates {
  number: number | null
  /** The room turned the whole send down, before any system was asked. */
  refusedWhole: Failure | null
  of(system: SystemId): Fate
}

export function fatesOf(answer: Answer<'message:publish'>): Fates {
  if (answer.got === 'nothing') {
    const fate: Fate = answer.because === 'not-connected' ? { fate: 'offline' } : { fate: 'unanswered' }
    return { number: null, refusedWhole: null, of: () => fate }
  }
  const { reply } = answer
  if (!reply.ok) return { number: null, refusedWhole: reply, of: () => fateOf(reply) }
  const { number, outcomes } = reply.value
  return {
    number,
    refusedWhole: null,
    of: (system) => {
      const outcome = outcomes[system]
      return outcome && !outcome.ok ? fateOf(outcome) : { fate: 'sent' }
    },
  }
}

const fateOf = (failure: Failure): Fate =>
  failure.code === 'broker-down' ? { fate: 'broker-down' } : { fate: 'refused', failure }

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
