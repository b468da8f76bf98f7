import type { Offsets } from 'kafkajs'
import { isRebalance, reasonOf } from './errors.ts'

/** After a failed commit that a rebalance does not explain; the broker is usually on its way back then. */
const RETRY_MS = 500
/** One request for all partitions of a fetch and for the fetches of a busy moment, and none in the way of the next record. */
const GATHER_MS = 5
/** An outage ends the session or is over by then; beyond that somebody should know. */
const FAILURES_UNTIL_TOLD = 10

type Commit = (offsets: Offsets) => Promise<void>

/**
 * Commits how far was read, soon after each batch and beside the reading: one request at a time, and what comes meanwhile
 * goes into the next one. kafkajs's own auto-commit would hold the next fetch until the answer is there.
 */
export interface Committer {
  /** Everything before `next` in this partition was delivered. `commit` belongs to the share of now. */
  note(partition: number, next: string, commit: Commit): void
  /** Sends what is open now; resolves once nothing is, or once it has to be tried again later. */
  flush(): Promise<void>
  /** What is open of these no longer counts: they are read from elsewhere. */
  drop(partitions: Iterable<number>): void
  /** The partitions are shared out anew: what is not committed will be read again by its new owner. */
  reset(): void
}

export function createCommitter(topic: string, onTrouble: (reason: string) => void): Committer {
  let open = new Map<number, string>()
  let commit: Commit | undefined
  let share = 0
  let failures = 0
  let sending: Promise<boolean> | undefined
  let timer: NodeJS.Timeout | undefined

  const giveBack = (partitions: ReadonlyMap<number, string>) => {
    for (const [partition, next] of partitions) if (!open.has(partition)) open.set(partition, next)
  }

  /** False when it has to be tried again. */
  const send = async (how: Commit): Promise<boolean> => {
    const of = share
    const taken = open
    open = new Map()
    const partitions = [...taken].map(([partition, offset]) => ({ partition, offset }))
    try {
      await how({ topics: [{ topic, partitions }] })
      failures = 0
      return true
    } catch (error) {
      if (of !== share || isRebalance(error)) return true
      if (++failures === FAILURES_UNTIL_TOLD) onTrouble(reasonOf(error))
      giveBack(taken)
      return false
    }
  }

  const sendOpen = async (): Promise<boolean> => {
    if (open.size === 0 || !commit) return true
    sending = send(commit)
    const done = await sending
    sending = undefined
    return done
  }

  const arm = (delayMs: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      void sendSoon()
    }, delayMs)
  }

  async function sendSoon(): Promise<void> {
    if (sending) return
    const done = await sendOpen()
    if (open.size > 0) arm(done ? GATHER_MS : RETRY_MS)
  }

  const flush = async () => {
    clearTimeout(timer)
    timer = undefined
    // Without a detour when none is under way: before a rebalance the request must leave ahead of the one to join.
    if (sending) await sending
    while (open.size > 0 && commit) if (!(await sendOpen())) return arm(RETRY_MS)
  }

  const reset = () => {
    share++
    failures = 0
    open.clear()
    commit = undefined
    clearTimeout(timer)
    timer = undefined
  }

  return {
    note: (partition, next, how) => {
      open.set(partition, next)
      commit = how
      if (!sending) arm(GATHER_MS)
    },
    flush,
    drop: (partitions) => {
      for (const partition of partitions) open.delete(partition)
    },
    reset,
  }
}
