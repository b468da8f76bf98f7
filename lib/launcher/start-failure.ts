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

const ERROR_WORDS = /error|exception|fatal|fail|denied|refused|cannot|can't|corrupt/i
const STACK_FRAME = /^\s*(at|\.\.\.)\s/

/** Sums up a program's last lines: the last one that names an error, and the very last, where they differ. */
export function lastErrorLine(lines: readonly string[]): string {
  const printed = lines
    .filter((line) => line.trim() !== '' && !STACK_FRAME.test(line))
    .map((line) => line.trim())
  const both = [printed.filter((line) => ERROR_WORDS.test(line)).at(-1), printed.at(-1)]
  return [...new Set(both.filter((line) => line !== undefined))].join(' … ')
}
