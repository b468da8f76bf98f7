/** Thrown by `withDeadline`. The work it waited for goes on: whoever started it must end what it hangs on. */
export class DeadlineError extends Error {
  readonly what: string
  readonly limitMs: number

  constructor(what: string, limitMs: number) {
    super(`no answer within ${limitMs} ms: ${what}`)
    this.name = 'DeadlineError'
    this.what = what
    this.limitMs = limitMs
  }
}

/** Waits for `work`, at most `limitMs`; then throws a DeadlineError, and a later failure of `work` is not reported. */
export async function withDeadline<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(what, limitMs)), limitMs)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether `work` succeeded within `limitMs`. Never throws: it is for polite endings (QUIT, connection.close), whose failure only
 * means that the caller cuts what is left.
 */
export async function succeedsWithin(
  what: string,
  limitMs: number,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await withDeadline(what, limitMs, work())
    return true
  } catch {
    return false
  }
}

/**
 * What `work` resolves with. When `signal` aborts first, throws its reason at once; what `work` brings afterwards is handed to
 * `discard`, so that a connection that was opened too late is closed.
 */
export async function unlessAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  const aborted = whenAborted(signal)
  try {
    return await Promise.race([work, aborted.promise])
  } catch (error) {
    if (signal.aborted) work.then(discard, () => undefined)
    throw error
  } finally {
    aborted.forget()
  }
}

function whenAborted(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  let onAbort = () => {}
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  promise.catch(() => undefined)
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) }
}

/** Resolves after `ms`, or as soon as `signal` aborts. Never throws. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
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

/** Returns a function that says how much of a deadline that begins now is left, in milliseconds, never below 0. */
export function countdown(deadlineMs: number): () => number {
  const endsAt = performance.now() + deadlineMs
  return () => Math.max(0, endsAt - performance.now())
}
