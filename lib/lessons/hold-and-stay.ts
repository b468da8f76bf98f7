import { pollUntil } from '#lib/util/poll-until.ts'

/** How long a broker on a slow, busy machine may take to do what is waited for. */
export const HOLDS_WITHIN_MS = 30_000
/** How long an expectation must go on holding: that something did not happen can only be seen after a while. */
const STAYS_FOR_MS = 1_000

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
