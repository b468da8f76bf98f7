import type { Expectation } from '#lib/protocol/lesson-expectation.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { type Outcome, outcomeOf } from './expectations.ts'
import type { LessonView } from './lesson-view.ts'

/** How long a broker on a slow, busy machine may take to do what is waited for. */
export const HOLDS_WITHIN_MS = 30_000
/** How long an expectation must go on holding: that something did not happen can only be seen after a while. */
const STAYS_FOR_MS = 1_000

export const outcomesOf = (all: readonly Expectation[], view: LessonView): Outcome[] =>
  all.map((one) => outcomeOf(one, view))

export const allHold = (all: readonly Expectation[], view: LessonView): boolean =>
  outcomesOf(all, view).every(({ holds }) => holds)

/** What a step `wait-for` does: resolves once all hold. Throws, with words, when they do not within HOLDS_WITHIN_MS. */
export async function waitFor(all: readonly Expectation[], view: LessonView): Promise<void> {
  if (await pollUntil(HOLDS_WITHIN_MS, () => allHold(all, view))) return
  const missing = outcomesOf(all, view).filter(({ holds }) => !holds)
  throw new Error(
    missing.map(({ expected, seen }) => `It waited for ${expected}, and saw ${seen}.`).join(' '),
  )
}

/**
 * Whether it holds within HOLDS_WITHIN_MS, and then for a while without a break: figures come and go while messages are under
 * way. `isOver`: nobody waits for the answer any more.
 */
export async function holdAndStay(
  holds: () => boolean,
  isOver: () => boolean = () => false,
): Promise<boolean> {
  const deadline = performance.now() + HOLDS_WITHIN_MS
  while (performance.now() < deadline && !isOver()) {
    const held = await pollUntil(deadline - performance.now(), () => isOver() || holds())
    if (!held || isOver()) return false
    if (!(await pollUntil(STAYS_FOR_MS, () => isOver() || !holds()))) return true
  }
  return false
}
