import type { Failure } from '#lib/protocol/errors.ts'
import { errorWords } from './errors.ts'

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
