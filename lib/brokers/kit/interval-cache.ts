/** Remembers, by destination, answers of a broker that is asked only every so often: less often than facts are read. */
export class IntervalCache<T> {
  readonly #cached = new Map<string, { at: number; value: T }>()

  /** What was read less than `everyMs` ago, else what `read` returns now. A value for which `isKnown` is false is not remembered. */
  async get(
    address: string,
    everyMs: number,
    read: () => Promise<T>,
    isKnown: (value: T) => boolean = () => true,
  ): Promise<T> {
    const cached = this.#cached.get(address)
    if (cached && performance.now() - cached.at < everyMs) return cached.value
    const value = await read()
    if (isKnown(value)) this.#cached.set(address, { at: performance.now(), value })
    return value
  }

  forget(address: string): void {
    this.#cached.delete(address)
  }
}
