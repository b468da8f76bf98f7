import { succeedsWithin } from '#lib/brokers/kit/deadlines.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'

/** Ending a wait may have to be repeated, when Redis heard of it before the wait had begun. */
const UNBLOCK_EVERY_MS = 10
const UNBLOCK_TRIES = 100

export interface BlockingReadsOptions {
  /** How much it may read now; 0: nothing, until `mayRead`. */
  capacity(): number
  /** Waits for something, `capacity` at most, and receives it. */
  read(capacity: number): Promise<void>
  /** Ends the wait of `read` (CLIENT UNBLOCK). */
  unblock(): Promise<unknown>
  /** The wait could not be ended: it goes on under the old settings until something comes. */
  onNotRenewed(error: unknown): void
  /** Reading has ended: Redis refused, or the connection is gone. */
  onFailed(error: unknown): void
}

/** Reads on one connection for as long as a session lasts, one blocking command after another. */
export class BlockingReads {
  readonly #options: BlockingReadsOptions
  readonly #running: Promise<void>
  #isStopped = false
  /** How many reads there were: the last may be under way. */
  #reads = 0
  #isReading = false
  #mayRead: Deferred<void> | undefined

  constructor(options: BlockingReadsOptions) {
    this.#options = options
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#isStopped) options.onFailed(error)
      this.#isStopped = true
    })
  }

  /** There may be capacity now. */
  mayRead(): void {
    this.#mayRead?.resolve()
  }

  /**
   * What is waited for was asked for under other settings: waits anew, if there is capacity. Resolves once the read under way
   * has ended, with all that it received, or could not be ended.
   */
  async renew(): Promise<void> {
    this.mayRead()
    await this.#unblock(this.#reads).catch(this.#options.onNotRenewed)
  }

  /** Reads nothing more; resolves once no read is under way, or when that takes longer than `ms`. */
  async stop(ms: number): Promise<void> {
    this.abandon()
    await succeedsWithin('the end of the wait', ms, async () => {
      await Promise.race([this.#running, this.#unblock(this.#reads).then(() => this.#running)])
    })
  }

  /** The connection is gone, and a read with it. */
  abandon(): void {
    this.#isStopped = true
    this.#mayRead?.resolve()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const capacity = this.#options.capacity()
      if (capacity > 0) {
        this.#reads++
        await this.#read(capacity)
        continue
      }
      this.#mayRead = createDeferred()
      await this.#mayRead.promise
    }
  }

  async #read(capacity: number): Promise<void> {
    this.#isReading = true
    try {
      await this.#options.read(capacity)
    } finally {
      this.#isReading = false
    }
  }

  async #unblock(read: number): Promise<void> {
    const isUnderWay = () => this.#isReading && this.#reads === read
    for (let tries = 0; tries < UNBLOCK_TRIES && isUnderWay(); tries++) {
      await this.#options.unblock()
      await new Promise((resolve) => setTimeout(resolve, UNBLOCK_EVERY_MS))
    }
  }
}
