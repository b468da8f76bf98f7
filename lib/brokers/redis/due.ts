import { createDeferred, type Deferred } from '#lib/util/deferred.ts'

/** Counts what is under way, so that closing can wait for it. */
export interface Due {
  /** The same promise, counted until it settles. */
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves once nothing is under way. */
  settled(): Promise<void>
}

export function createDue(): Due {
  let due = 0
  let waiting: Deferred<void> | undefined
  const done = () => {
    due--
    if (due > 0) return
    waiting?.resolve()
    waiting = undefined
  }
  return {
    track: (work) => {
      due++
      work.then(done, done)
      return work
    },
    settled: () => {
      if (due === 0) return Promise.resolve()
      waiting ??= createDeferred()
      return waiting.promise
    },
  }
}
