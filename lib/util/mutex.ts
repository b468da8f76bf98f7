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

/** One mutex for each key: tasks under different keys run side by side. Keeps nothing of a key without a task. */
export interface KeyedMutex {
  run<T>(key: string, task: () => Promise<T>): Promise<T>
}

export function createKeyedMutex(): KeyedMutex {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run: async (key, task) => {
      const before = tails.get(key)
      const result = before ? before.then(task, task) : task()
      tails.set(key, result)
      try {
        return await result
      } finally {
        if (tails.get(key) === result) tails.delete(key)
      }
    },
  }
}

const noop = () => undefined
