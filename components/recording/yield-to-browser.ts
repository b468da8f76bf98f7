/** Long work goes on for no longer than this without yielding: short enough that typing beside it stays smooth. */
const SLICE_MS = 40

/** Yields to the browser, so that the page can paint and handle input between two portions of work. */
export const yieldToBrowser = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Awaited between two steps of long work: yields if that is due, and costs next to nothing where it is not. */
export type YieldWhenDue = () => Promise<void> | undefined

export function createYieldWhenDue(
  yieldNow: () => Promise<void> = yieldToBrowser,
  now: () => number = () => performance.now(),
): YieldWhenDue {
  let since = now()
  return () => {
    if (now() - since < SLICE_MS) return undefined
    return yieldNow().then(() => {
      since = now()
    })
  }
}
