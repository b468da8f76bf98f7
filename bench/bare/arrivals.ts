/** Counts what arrives at a bare client's consumers, and times it. */
export interface Arrivals {
  /** A copy has arrived. */
  one(): void
  /** Milliseconds from the send until the first copy; resolves when all copies are in, so that the next send is alone. */
  first(send: () => Promise<unknown>): Promise<number>
  /** Messages a second until every copy of `count` messages is in. */
  rate(count: number, send: () => Promise<unknown>): Promise<number>
}

/** `copies`: how many consumers, or groups, get each message. */
export function countArrivals(copies: number): Arrivals {
  let onArrival: () => void = () => undefined
  const after = (wanted: number, onFirst: () => void, onAll: () => void) => {
    let arrived = 0
    onArrival = () => {
      arrived += 1
      if (arrived === 1) onFirst()
      if (arrived === wanted) onAll()
    }
  }
  return {
    one: () => onArrival(),
    first: (send) =>
      new Promise((resolve, reject) => {
        const begun = performance.now()
        let took = 0
        after(
          copies,
          () => {
            took = performance.now() - begun
          },
          () => resolve(took),
        )
        send().catch(reject)
      }),
    rate: async (count, send) => {
      const begun = performance.now()
      const all = new Promise<void>((resolve) => after(count * copies, () => undefined, resolve))
      await send()
      await all
      return (count * 1000) / (performance.now() - begun)
    },
  }
}
