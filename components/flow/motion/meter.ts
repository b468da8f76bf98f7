/**
 * How much flows along each edge, and whether that is still to be told message by message. Above a couple of hundred
 * dots an eye follows none of them: then edges are drawn by their rate.
 */
export interface Meter {
  /** One message along an edge. */
  count(edge: string, now: number): void
  /** Edges with a rate, per second; forgets those that have fallen still. */
  rates(now: number): ReadonlyMap<string, number>
  /** Moves within the last second. */
  total(now: number): number
}

const WINDOW_MS = 1_000
const SLICES = 5
const SLICE_MS = WINDOW_MS / SLICES

interface Counter {
  slices: number[]
  /** Number of the newest slice. */
  slice: number
}

function turn(counter: Counter, slice: number): void {
  const passed = Math.min(SLICES, slice - counter.slice)
  for (let index = 0; index < passed; index += 1) {
    counter.slices.pop()
    counter.slices.unshift(0)
  }
  if (passed > 0) counter.slice = slice
}

const sumOf = ({ slices }: Counter): number => slices.reduce((sum, count) => sum + count, 0)

export function createMeter(): Meter {
  const edges = new Map<string, Counter>()
  const all: Counter = { slices: new Array<number>(SLICES).fill(0), slice: 0 }
  const bump = (counter: Counter, slice: number): void => {
    turn(counter, slice)
    counter.slices[0] = (counter.slices[0] ?? 0) + 1
  }
  return {
    count: (edge, now) => {
      const slice = Math.floor(now / SLICE_MS)
      let counter = edges.get(edge)
      if (!counter) {
        counter = { slices: new Array<number>(SLICES).fill(0), slice }
        edges.set(edge, counter)
      }
      bump(counter, slice)
      bump(all, slice)
    },
    rates: (now) => {
      const slice = Math.floor(now / SLICE_MS)
      const rates = new Map<string, number>()
      for (const [edge, counter] of edges) {
        turn(counter, slice)
        const rate = sumOf(counter)
        if (rate === 0) edges.delete(edge)
        else rates.set(edge, rate)
      }
      return rates
    },
    total: (now) => {
      turn(all, Math.floor(now / SLICE_MS))
      return sumOf(all)
    },
  }
}
