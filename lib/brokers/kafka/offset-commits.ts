import type { Offsets } from 'kafkajs'
import { isRebalance, reasonOf } from './failures.ts'

/** After a failed commit that a rebalance does not explain; the broker is usually on its way back then. */
const RETRY_MS = 500
/** Collects all partitions of a fetch, and the fetches of a busy moment, without delaying the next record. */
const GATHER_MS = 5
/** An outage ends the membership or is over by then; beyond that a fault is reported. */
const FAILURES_UNTIL_FAULT = 10

type Commit = (offsets: Offsets) => Promise<void>

/**
 * Commits how far was read, soon after each batch and beside the reading: one request at a time, and what comes meanwhile
 * goes into the next one. kafkajs's own auto-commit would delay the next fetch until the response.
 */
export class OffsetCommits {
  readonly #topic: string
  readonly #onFailing: (reason: string) => void
  #open = new Map<number, string>()
  #commit: Commit | undefined
  /** Rises with each assignment: the failure of an earlier one's commit does not matter. */
  #assignment = 0
  #failures = 0
  #sending: Promise<boolean> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(topic: string, onFailing: (reason: string) => void) {
    this.#topic = topic
    this.#onFailing = onFailing
  }

  /** Everything before `next` in this partition was delivered. `commit` belongs to the current assignment. */
  add(partition: number, next: string, commit: Commit): void {
    this.#open.set(partition, next)
    this.#commit = commit
    if (!this.#sending) this.#sendIn(GATHER_MS)
  }

  /** Sends what is open now; resolves once nothing is, or once it has to be retried later. */
  readonly flush = async (): Promise<void> => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // No await when none is under way: before a rebalance, the commit must leave ahead of the request to join.
    if (this.#sending) await this.#sending
    while (this.#open.size > 0 && this.#commit) {
      if (!(await this.#sendOpen())) return this.#sendIn(RETRY_MS)
    }
  }

  /** Forgets what is open of these: they are read from elsewhere. */
  drop(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#open.delete(partition)
  }

  /** The partitions are assigned anew: their new owner reads again what is not committed. */
  reset(): void {
    this.#assignment++
    this.#failures = 0
    this.#open.clear()
    this.#commit = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #sendIn(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#sendSoon()
    }, delayMs)
  }

  async #sendSoon(): Promise<void> {
    if (this.#sending) return
    const done = await this.#sendOpen()
    if (this.#open.size > 0) this.#sendIn(done ? GATHER_MS : RETRY_MS)
  }

  /** False when it has to be retried. */
  async #sendOpen(): Promise<boolean> {
    if (this.#open.size === 0 || !this.#commit) return true
    this.#sending = this.#send(this.#commit)
    const done = await this.#sending
    this.#sending = undefined
    return done
  }

  async #send(commit: Commit): Promise<boolean> {
    const assignment = this.#assignment
    const taken = this.#open
    this.#open = new Map()
    const partitions = [...taken].map(([partition, offset]) => ({ partition, offset }))
    try {
      await commit({ topics: [{ topic: this.#topic, partitions }] })
      this.#failures = 0
      return true
    } catch (error) {
      if (assignment !== this.#assignment || isRebalance(error)) return true
      if (++this.#failures === FAILURES_UNTIL_FAULT) this.#onFailing(reasonOf(error))
      for (const [partition, next] of taken) {
        if (!this.#open.has(partition)) this.#open.set(partition, next)
      }
      return false
    }
  }
}
