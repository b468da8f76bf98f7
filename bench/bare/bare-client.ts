/**
 * One system's client library and nothing else, with the options the dashboard itself uses and the same consumers as
 * the lobby's classic destination, in one process as the dashboard is one.
 */
export interface BareClient {
  /** Milliseconds from a publish until the first consumer has it. One at a time. */
  roundTrip(): Promise<number>
  /** Messages a second: `count` publishes of `size` bytes with at most `window` receipts outstanding, until every copy arrived. */
  sustain(count: number, size: number, window: number): Promise<number>
  close(): Promise<void>
}

/** Runs `count` sends with at most `window` unanswered, as the load generator does. */
export async function windowed(count: number, window: number, send: () => Promise<unknown>): Promise<void> {
  let started = 0
  const worker = async () => {
    while (started < count) {
      started += 1
      await send()
    }
  }
  await Promise.all(Array.from({ length: Math.min(window, count) }, worker))
}
