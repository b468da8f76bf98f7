import type { HeldSend } from '#lib/feed/feed.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { plural } from '../ui/format.ts'
import { errorWords } from './errors.ts'

/** "2 messages held here" */
export const heldTitle = (count: number): string => `${plural(count, 'message')} held here`

/** What will happen to a held message, and what a person can do about it. */
export function heldWords(held: HeldSend, label: string): string {
  switch (held.why) {
    case 'broker-down':
      return `Goes out when ${label} is back.`
    case 'offline':
      return 'Goes out when the dashboard is back.'
    case 'unconfirmed':
      return 'The dashboard ended before it answered: this may have gone out already.'
    case 'refused':
      return `${errorWords(held.code ?? 'internal', { label })}`
    default:
      return unreachable(held.why)
  }
}
