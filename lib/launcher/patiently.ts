import { setTimeout as sleep } from 'node:timers/promises'

const EVERY_MS = 25

/** Asks again and again until the answer is truthy; the last answer when `timeoutMs` have passed. */
export async function patiently<T>(timeoutMs: number, ask: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer || performance.now() > deadline) return answer
    await sleep(EVERY_MS)
  }
}
