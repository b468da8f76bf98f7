/** Thrown by `withLimit` when its time is over; the promise it watched goes on by itself. */
export class LimitError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} took longer than ${limitMs} ms`)
    this.name = 'LimitError'
  }
}

/** Waits for `promise`, but not longer than `limitMs`: then throws a LimitError. A later failure of it is not reported. */
export async function withLimit<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LimitError(what, limitMs)), limitMs)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
