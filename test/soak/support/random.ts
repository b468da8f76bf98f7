/** Choices that follow from a seed alone, so that a program that failed can be run again. Not for secrets. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  pick<T>(choices: readonly T[]): T
  chance(probability: number): boolean
  bytes(count: number): Buffer
}

/** The mulberry32 generator: 32 bits of state, good enough to choose what happens next. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    pick: <T>(choices: readonly T[]): T => {
      const chosen = choices[int(0, choices.length - 1)]
      if (choices.length === 0) throw new Error('nothing to choose from')
      return chosen as T
    },
    chance: (probability) => next() < probability,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => int(0, 255))),
  }
}
