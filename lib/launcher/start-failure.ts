import type { BrokerReason } from '#lib/protocol/status.ts'

/** A broker that was started and did not become ready: why, in one line, and its last lines. */
export class StartFailure extends Error {
  readonly reason: BrokerReason
  readonly lastLines: readonly string[]

  constructor(text: string, lastLines: readonly string[] = [], options: { cause?: unknown } = {}) {
    super(text, options)
    this.name = 'StartFailure'
    this.reason = { code: 'start-failed', text }
    this.lastLines = lastLines
  }
}
