/** What a condition gives back once it holds. */
type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>

/** What takes a second on an idle machine is waited for on one that is busy with everything else as well. */
const TIMEOUT_MS = 30_000

/** The pauses between two looks grow, so that looking takes no processor from what is waited for. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 50
const PAUSE_GROWTH = 1.5

/** Waits for a condition instead of for a time: resolves with its first truthy value, or fails saying what was awaited. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS, everyMs }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Truthy<T>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  let pauseMs = everyMs ?? FIRST_PAUSE_MS
  while (Date.now() < deadline) {
    try {
      last = await condition()
      if (last) return last as Truthy<T>
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    if (everyMs === undefined) pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)
  }
  throw new Error(
    `waited ${timeoutMs} ms for ${what}; last saw ${last instanceof Error ? last.stack : JSON.stringify(last)}`,
  )
}
