/** What has been opened and must be ended: run in reverse order of opening, once, each failure collected. */
export interface Disposer {
  add(dispose: () => void | Promise<void>): void
  /** Idempotent: every call returns the same promise. Rejects with an AggregateError after all have run. */
  dispose(): Promise<void>
}

export function createDisposer(): Disposer {
  const stack: Array<() => void | Promise<void>> = []
  let disposing: Promise<void> | undefined
  const run = async () => {
    const failures: unknown[] = []
    for (let dispose = stack.pop(); dispose; dispose = stack.pop()) {
      try {
        await dispose()
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'closing left failures behind')
  }
  return {
    add: (dispose) => void stack.push(dispose),
    dispose: () => {
      disposing ??= run()
      return disposing
    },
  }
}
