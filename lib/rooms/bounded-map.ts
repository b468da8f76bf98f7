/** A map that forgets its oldest entry when it is full. All operations take constant time. */
export interface BoundedMap<V> {
  readonly size: number
  get(key: string): V | undefined
  /** Adds a key that is not there yet. */
  add(key: string, value: V): void
}

/**
 * The order of arrival is kept in a ring beside the map: finding a `Map`'s oldest key after many deletions means
 * walking over the deleted ones, which would make a full table slow.
 */
export function createBoundedMap<V>(max: number): BoundedMap<V> {
  const values = new Map<string, V>()
  const order: string[] = []
  let next = 0
  return {
    get size() {
      return values.size
    },
    get: (key) => values.get(key),
    add: (key, value) => {
      const oldest = order[next]
      if (oldest !== undefined) values.delete(oldest)
      order[next] = key
      next = (next + 1) % max
      values.set(key, value)
    },
  }
}
