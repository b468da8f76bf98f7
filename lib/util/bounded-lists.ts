/** Lists by key. Of all their items together `max` are kept: the first of the oldest list is forgotten. */
export class BoundedLists<T> {
  readonly #lists = new Map<string, T[]>()
  readonly #max: number
  size = 0

  constructor(max: number) {
    this.#max = max
  }

  of(key: string): readonly T[] {
    return this.#lists.get(key) ?? []
  }

  push(key: string, item: T): void {
    const list = this.#lists.get(key)
    if (list) list.push(item)
    else this.#lists.set(key, [item])
    this.size += 1
    if (this.size <= this.#max) return
    const [oldest] = this.#lists.keys()
    if (oldest !== undefined) this.shift(oldest)
  }

  shift(key: string): T | undefined {
    const list = this.#lists.get(key)
    const item = list?.shift()
    if (item !== undefined) this.size -= 1
    if (list?.length === 0) this.#lists.delete(key)
    return item
  }
}
