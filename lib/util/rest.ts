/** Work goes on for no longer than this without a moment for others: short enough that typing beside it stays smooth. */
const SLICE_MS = 40

/** To be awaited between two steps of long work. */
export type Rest = () => Promise<void> | undefined

/** Breathes whenever a slice of time has been worked through, and costs next to nothing before. */
export function createRest(breathe: () => Promise<void>, now: () => number = () => performance.now()): Rest {
  let since = now()
  return () => {
    if (now() - since < SLICE_MS) return undefined
    return breathe().then(() => {
      since = now()
    })
  }
}
