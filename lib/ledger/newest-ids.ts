import type { LedgerState } from './ledger-state.ts'
import type { Message } from './state.ts'

/**
 * The newest messages, newest first: by their number in the room, and one without a number where it was heard of. The
 * order of hearing is nearly that of numbers, so only the last few are looked at, and sorted.
 */
export function newestIds(state: LedgerState, limit: number): readonly string[] {
  const held = state.age.slice(Math.max(state.oldest, state.age.length - limit))
  return held
    .sort(byNumber)
    .reverse()
    .map(({ id }) => id)
}

function byNumber(a: Message, b: Message): number {
  const first = a.content.number
  const second = b.content.number
  return first === null || second === null ? 0 : first - second
}
