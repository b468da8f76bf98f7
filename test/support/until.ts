/** What a condition gives back once it holds. */
type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>

/** What takes a second on an idle machine is waited for on one that is busy with everything else as well. */
const TIMEOUT_MS = 30_000

/** Waits for a condition instead of for a time: resolves with its first truthy value, or fails saying what was awaited. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS, everyMs = 10 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Truthy<T>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  while (Date.now() < deadline) {
    try {
      last = await condition()
      if (last) return last as Truthy<T>
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(
    `waited ${timeoutMs} ms for ${what}; last saw ${last instanceof Error ? last.stack : JSON.stringify(last)}`,
  )
}
