import type { Offsets } from 'kafkajs'
import { isRebalance, reasonOf } from './errors.ts'

/** After a failed commit that a rebalance does not explain; the broker is usually on its way back then. */
const RETRY_MS = 500
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
  /** Sends what is open; resolves once nothing is. */
  flush(): Promise<void>
  /** The partitions are shared out anew: what is not committed will be read again by its new owner. */
  reset(): void
  close(): void
}

export function createCommitter(topic: string, onTrouble: (reason: string) => void): Committer {
  let open = new Map<number, string>()
  let commit: Commit | undefined
  let share = 0
  let failures = 0
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined

  const giveBack = (partitions: ReadonlyMap<number, string>) => {
    for (const [partition, next] of partitions) if (!open.has(partition)) open.set(partition, next)
  }

  const sendOnce = async (how: Commit): Promise<boolean> => {
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
      clearTimeout(timer)
      timer = setTimeout(() => void flush(), RETRY_MS)
      return false
    }
  }

  const sendAll = async () => {
    let goingOn = true
    while (goingOn && open.size > 0 && commit) goingOn = await sendOnce(commit)
    sending = undefined
  }

  function flush(): Promise<void> {
    clearImmediate(soon)
    soon = undefined
    if (open.size === 0 && !sending) return Promise.resolve()
    sending ??= sendAll()
    return sending
  }

  const reset = () => {
    share++
    failures = 0
    open.clear()
    commit = undefined
    clearTimeout(timer)
    clearImmediate(soon)
    soon = undefined
  }

  return {
    note: (partition, next, how) => {
      open.set(partition, next)
      commit = how
      // One request for all partitions of a fetch: their batches follow each other without waiting.
      if (!sending) soon ??= setImmediate(() => void flush())
    },
    flush,
    reset,
    close: reset,
  }
}
