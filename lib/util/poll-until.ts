const POLL_EVERY_MS = 25

/** Polls until the answer is truthy; resolves with the last answer once `timeoutMs` have passed. */
export async function pollUntil<T>(timeoutMs: number, ask: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer || performance.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS))
  }
}
