import { type Link, type LinkOptions, openLink } from './link.ts'
import type { Session } from './seat.ts'
import { bothOrNone } from './trunk.ts'

/** An answer on the settling connection, where nothing ever waits, that is due for longer means that it hangs. */
const ANSWER_WITHIN_MS = 10_000

/**
 * A worker's two connections, which live and end together: Redis answers a connection's commands in order, so one that
 * waits for the next message could not acknowledge the last.
 */
export interface WorkerSession extends Session {
  readonly reading: Link
  readonly settling: Link
  /** Says QUIT on both; what is left is for `destroy`. Never throws. */
  quit(deadlineMs: number): Promise<void>
}

/** Throws the raw error when either could not be opened; the other is closed then. */
export async function openWorkerSession(options: LinkOptions): Promise<WorkerSession> {
  const [reading, settling] = await bothOrNone(
    openLink(options),
    openLink({ ...options, name: `${options.name}:settling`, answerWithinMs: ANSWER_WITHIN_MS }),
  )
  const destroy = async () => {
    await Promise.all([reading.destroy(), settling.destroy()])
  }
  const ended = Promise.race([reading.ended, settling.ended]).then(async (error) => {
    await destroy()
    return error
  })
  return {
    reading,
    settling,
    ended,
    runId: reading.runId,
    destroy,
    quit: async (deadlineMs) => {
      await reading.quit(deadlineMs)
      await settling.quit(deadlineMs)
    },
  }
}
