import { AppError } from '#lib/protocol/errors.ts'

/** `work`, or AppError `broker-timeout` after `ms`. The work itself goes on: its owner must cut what it hangs on. */
export async function bounded<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError('broker-timeout', `RabbitMQ did not answer within ${ms} ms: ${what}`)),
      ms,
    )
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Sleeps `ms`, or until `signal` aborts; never throws. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** What is left of a deadline that began now, milliseconds, never below 0. */
export function countdown(deadlineMs: number): () => number {
  const end = performance.now() + deadlineMs
  return () => Math.max(0, end - performance.now())
}
