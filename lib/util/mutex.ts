/** Runs one task at a time, in the order in which they were requested. A task that fails rejects only its own caller. */
export interface Mutex {
  run<T>(task: () => Promise<T>): Promise<T>
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve()
  return {
    run: (task) => {
      const result = tail.then(task, task)
      // The next task runs also after a failure; the failure itself is for whoever awaits `result`.
      tail = result.then(noop, noop)
      return result
    },
  }
}

const noop = () => undefined
