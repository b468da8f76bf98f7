import type { Failure } from '#lib/protocol/errors.ts'
import { formatCount } from '../ui/format.ts'
import { errorWords } from './errors.ts'
import { listed } from './sentence.ts'

/** More names than this become a count. */
const NAMES_MAX = 2

const forWhom = (who: readonly string[]): string =>
  who.length === 0
    ? ''
    : ` for ${who.length <= NAMES_MAX ? listed(who) : `${formatCount(who.length)} of them`}`

/** "ready", "pending for worker-1", "settled for analytics and audit": where a kept message stands, and with whom. */
export const standingWords = (standing: {
  is: 'ready' | 'pending' | 'settled' | 'dead-lettered'
  who?: readonly string[]
}): string => `${standing.is}${forWhom(standing.who ?? [])}`

/** Why what a destination keeps is not shown, and what to do. */
export function browseFailureWords(failure: Failure, label: string): string {
  switch (failure.code) {
    case 'broker-down':
      return `${label} is not answering. What it keeps can be looked at when it is back.`
    case 'destination-not-found':
      return `It is on ${label} no longer, and so is what it kept.`
    case 'invalid':
      return 'What was there has been removed meanwhile. Read the oldest or the newest.'
    default:
      return failure.detail?.reason?.toString() ?? errorWords(failure.code, { label, ...failure })
  }
}
