/**
 * Runs `work` once for all callers before it starts. Who calls while it runs gets the result of the next run, which is
 * not older than the call.
 */
export function shareNextRun<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return () => {
    next ??= running.then(() => {
      next = null
      const run = work()
      // The callers get its failure from `run` itself; here only its end counts.
      running = run.catch(() => undefined)
      return run
    })
    return next
  }
}
