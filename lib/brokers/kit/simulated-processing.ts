import * as z from 'zod'

const PROCESSING_MAX_MS = 10_000
const PERCENT = 100

/** What a consumer does with each message before it is done with it: it takes a while, and now and then it fails. */
export const processingSettings = {
  processingMs: z
    .number()
    .int()
    .min(0)
    .max(PROCESSING_MAX_MS)
    .default(0)
    .describe('How long it works on each message, in milliseconds'),
  failurePercent: z
    .number()
    .int()
    .min(0)
    .max(PERCENT)
    .default(0)
    .describe('Of a hundred messages, how many it fails at'),
}

/** How a worker processes what it holds. `none`: handing over is all, and nothing is settled. */
export interface Processing {
  ackMode: 'automatic' | 'manual' | 'none'
  processingMs: number
  failurePercent: number
  onFailure: 'requeue' | 'reject'
}

/** Why processing failed, as events say it. */
export const POISONED = 'poison: its processing always fails'
const FAILED = 'its processing failed'

/** Why processing fails this time; null where it succeeds. A poison message fails always, others as often as `failurePercent` says. */
export function failureAt(
  { failurePercent }: Pick<Processing, 'failurePercent'>,
  isPoison = false,
  random: () => number = Math.random,
): string | null {
  if (isPoison) return POISONED
  return random() * PERCENT < failurePercent ? FAILED : null
}
