import { pollUntil } from '#lib/util/poll-until.ts'

/** What a slow, busy machine may take until a broker has done what is waited for. */
export const HOLDS_WITHIN_MS = 30_000
/** What does not happen proves nothing at once: all of it has to hold for so long. */
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
