/** How many removed items are given back at once, so that a line that is never empty does not grow. */
const COMPACT_AFTER = 1_024

/** First in, first out. Removing the first moves nothing: a prefetch of thousands costs no more than one of ten. */
export class WaitingLine<T> {
  #items: T[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): void {
    this.#head += 1
    if (this.#head < Math.min(this.#items.length, COMPACT_AFTER)) return
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }

  /** The first that counts; those before it are dropped. */
  first(counts: (item: T) => boolean): T | undefined {
    for (let item = this.#items[this.#head]; item !== undefined; item = this.#items[this.#head]) {
      if (counts(item)) return item
      this.shift()
    }
    return undefined
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }
}
