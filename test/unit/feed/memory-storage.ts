import type { HeldStorage } from '#lib/feed/feed.ts'

/** A tab's `sessionStorage`, for as long as a test holds on to it. */
export function createMemoryStorage(): HeldStorage & { readonly size: number } {
  const values = new Map<string, string>()
  return {
    get size() {
      return values.size
    },
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}
