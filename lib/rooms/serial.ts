/** Runs tasks one after another in the order they were asked for; a failed task fails its caller only. */
export interface Serial {
  run<T>(task: () => Promise<T>): Promise<T>
}

export function createSerial(): Serial {
  let tail: Promise<unknown> = Promise.resolve()
  return {
    run: (task) => {
      const result = tail.then(task, task)
      // The queue goes on after a failure; the failure itself belongs to whoever holds `result`.
      tail = result.then(noop, noop)
      return result
    },
  }
}

const noop = () => undefined
