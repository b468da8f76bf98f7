import { backoffMs } from './backoff.ts'

/** Runs something again later, after pauses that grow with each try until `reset`; at most one run is due. */
export class RetryTimer {
  readonly #firstMs: number
  readonly #maxMs: number
  readonly #run: () => void
  #timer: NodeJS.Timeout | undefined
  #tries = 0

  constructor(firstMs: number, maxMs: number, run: () => void) {
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#run = run
  }

  later(): void {
    this.cancel()
    this.#timer = setTimeout(this.#run, backoffMs(this.#tries, this.#firstMs, this.#maxMs))
    this.#tries += 1
  }

  /** Nothing is due any more; the next pause grows all the same. */
  cancel(): void {
    clearTimeout(this.#timer)
  }

  /** It succeeded: the next pause is the first again. */
  reset(): void {
    this.#tries = 0
  }
}
