import type { ContentView } from '#lib/ledger/model/views.ts'
import { formatCount } from '../ui/format.ts'

/** What stands where a message's text stands: the text, an ellipsis while it is not known, or why it could not be read. */
export function bodyWords({ text, unreadable }: Pick<ContentView, 'text' | 'unreadable'>): string {
  if (unreadable === null) return text ?? '…'
  const { records, reason } = unreadable
  return records === 1 ? `Unreadable: ${reason}` : `${formatCount(records)} records, unreadable: ${reason}`
}
