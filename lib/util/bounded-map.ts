/** A map that forgets its oldest entries when it is full. Every operation takes constant time. */
export interface BoundedMap<V> {
  readonly size: number
  get(key: string): V | undefined
  /** Adds a key that is not there yet, or gives one that is a new value. */
  add(key: string, value: V): void
  /** Forgets the oldest entries until there are `size` at most: the one operation that takes time for each of them. */
  shrinkTo(size: number): void
}

/** Entries are forgotten a generation at a time, so the map remembers between three quarters of `max` and `max`. */
const GENERATIONS = 4

/**
 * Keeps several maps, the newest first, and drops the oldest one whole when it is full. Deleting single entries from one
 * large map would cost more than all other bookkeeping of a message.
 */
export function createBoundedMap<V>(max: number): BoundedMap<V> {
  const perGeneration = Math.max(1, Math.floor(max / GENERATIONS))
  let newest = new Map<string, V>()
  let older: Array<Map<string, V>> = []

  function get(key: string): V | undefined {
    const found = newest.get(key)
    if (found !== undefined) return found
    for (const generation of older) {
      const value = generation.get(key)
      if (value !== undefined) return value
    }
    return undefined
  }

  function add(key: string, value: V): void {
    if (newest.size >= perGeneration) {
      older = [newest, ...older.slice(0, GENERATIONS - 2)]
      newest = new Map()
    }
    newest.set(key, value)
  }

  const sizeOf = () => older.reduce((sum, generation) => sum + generation.size, newest.size)

  function shrinkTo(size: number): void {
    const most = Math.floor(size)
    for (let excess = sizeOf() - most; excess > 0; excess = sizeOf() - most) {
      const oldest = older.at(-1) ?? newest
      if (oldest !== newest && oldest.size <= excess) older = older.slice(0, -1)
      else for (const key of [...oldest.keys()].slice(0, excess)) oldest.delete(key)
    }
  }

  return {
    get size() {
      return sizeOf()
    },
    get,
    add,
    shrinkTo,
  }
}
