import type { ConversationEntry } from '#lib/ledger/model/views.ts'
import { plural } from '../ui/format.ts'

/** Who wrote a message whose event names nobody. */
export const UNNAMED_SENDER = 'A program'

/** "500 messages of a load, #3 to #502" */
export function loadRunWords({
  count,
  first,
  last,
}: Pick<Extract<ConversationEntry, { type: 'load' }>, 'count' | 'first' | 'last'>): string {
  const words = `${plural(count, 'message')} of a load`
  if (first === null || last === null) return words
  return count === 1 ? `${words}, #${first}` : `${words}, #${first} to #${last}`
}

export const EMPTY_CHAT = {
  strong: 'Nothing was said here yet.',
  rest: 'What you write goes to every broker at once, and below each message stands who got it.',
}
