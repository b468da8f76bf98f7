import type { DriverOptions } from '#lib/brokers/contract.ts'
import { type Link, openLink } from './link.ts'

/** An answer that is due for longer means that the connection or the broker hangs: it is given up, and sends on it are uncertain. */
const ANSWER_WITHIN_MS = 10_000

/** The driver's own two connections, which live and end together: PUBLISH on one, questions on the other. */
export interface Trunk {
  readonly publisher: Link
  readonly questions: Link
  readonly version: string
  /** Resolves at the end of the first, which is the end of both. */
  readonly ended: Promise<Error>
  quit(deadlineMs: number): Promise<void>
}

/** Throws the raw error when either could not be opened; the other is closed then. */
export async function openTrunk(
  { url, clientName }: Pick<DriverOptions, 'url' | 'clientName'>,
  signal: AbortSignal,
): Promise<Trunk> {
  const open = (part: string) =>
    openLink({ url, name: `${clientName}:${part}`, answerWithinMs: ANSWER_WITHIN_MS, signal })
  const [publisher, questions] = await bothOrNone(open('publisher'), open('questions'))
  const ended = Promise.race([publisher.ended, questions.ended]).then((error) => {
    for (const link of [publisher, questions]) void link.destroy()
    return error
  })
  return {
    publisher,
    questions,
    version: publisher.version,
    ended,
    quit: async (deadlineMs) => {
      await publisher.quit(deadlineMs)
      await questions.quit(deadlineMs)
    },
  }
}

/** Throws the reason of the first that failed, the other being closed. */
export async function bothOrNone(one: Promise<Link>, other: Promise<Link>): Promise<[Link, Link]> {
  const settled = await Promise.allSettled([one, other])
  const opened = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const [first, second] = opened
  if (first && second) return [first, second]
  await Promise.all(opened.map((link) => link.destroy()))
  throw settled.find((result) => result.status === 'rejected')?.reason
}
