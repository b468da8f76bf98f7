import { AppError } from '#lib/protocol/errors.ts'

/** `work`, or AppError `broker-timeout` after `ms`. The work itself goes on: its owner must cut what it hangs on. */
export async function bounded<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    const late = () => new AppError('broker-timeout', `Redis did not answer within ${ms} ms: ${what}`)
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `work` succeeded in time; for goodbyes, whose failure only means that the caller has to cut what is left. */
export async function politely(what: string, ms: number, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await bounded(what, ms, work())
    return true
  } catch {
    return false
  }
}
