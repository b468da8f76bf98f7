import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { ProbeError } from '../recipe.ts'

/** Thrown by `withLimit` when the limit is over; the promise it watched stays pending. */
export class LimitError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} took longer than ${limitMs} ms`)
    this.name = 'LimitError'
  }
}

/** Waits for `promise`, but not longer than `limitMs`: then throws a LimitError. A later rejection of `promise` is ignored. */
export async function withLimit<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LimitError(what, limitMs)), limitMs)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * An error and its causes, from the outermost in: kafkajs wraps what happened in "retries exceeded" and in aggregates. Its
 * errors are recognised by name and fields, since its entry point spreads the classes into its exports, where a module
 * cannot import them by name.
 */
function* causesOf(error: unknown): Generator<unknown> {
  let current = error
  for (let depth = 0; current instanceof Error && depth < 8; depth++) {
    yield current
    if ('errors' in current && Array.isArray(current.errors)) current = current.errors[0]
    else current = current.cause
  }
}

/** The broker's own code for it (`MESSAGE_TOO_LARGE`), undefined when the broker didn't answer. */
export function brokerCodeOf(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    if (cause instanceof Error && 'type' in cause && typeof cause.type === 'string') return cause.type
  }
  return undefined
}

/** The message of the innermost cause, which names what really happened. */
export function reasonOf(error: unknown): string {
  let reason = error instanceof Error ? error.message : String(error)
  for (const cause of causesOf(error)) if (cause instanceof Error) reason = cause.message
  return reason
}

export const isTopicMissing = (error: unknown): boolean =>
  brokerCodeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION'

const REBALANCE_CODES = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])
/** The group rebalances: what was asked under the old assignment no longer counts. */
export const isRebalance = (error: unknown): boolean => REBALANCE_CODES.has(brokerCodeOf(error) ?? '')

const FINAL_CODES = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INCONSISTENT_GROUP_PROTOCOL',
  'GROUP_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
])
/** A refusal that a retry does not change. */
export const isFinal = (error: unknown): boolean => FINAL_CODES.has(brokerCodeOf(error) ?? '')

/** The connection ended, or could not be made: the broker may have done what was asked, or not. */
export function isConnectionTrouble(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (cause instanceof Error && cause.name.startsWith('KafkaJSConnection')) return true
  }
  return false
}

function isTimeout(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (cause instanceof LimitError) return true
    if (cause instanceof Error && cause.name === 'KafkaJSRequestTimeoutError') return true
  }
  return false
}

export const brokerDown = (reason: string, cause?: unknown): AppError =>
  new AppError('broker-down', `Kafka is not connected: ${reason}`, { cause, detail: { reason } })

/** Any failure of a request to the broker as the AppError that a driver's callers get. */
export function toAppError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error
  const reason = reasonOf(error)
  const detail = { reason }
  if (brokerCodeOf(error) !== undefined) {
    return new AppError('broker-refused', `Kafka refused ${what}: ${reason}`, { cause: error, detail })
  }
  if (isTimeout(error)) {
    return new AppError('broker-timeout', `Kafka did not answer in time: ${what}`, { cause: error, detail })
  }
  if (isConnectionTrouble(error)) return brokerDown(reason, error)
  return new AppError('broker-refused', `${what} failed: ${reason}`, { cause: error, detail })
}

/** Why the broker can't be used: what the handshake found, or what failed after it. */
export function brokerReasonOf(error: unknown): BrokerReason {
  if (error instanceof ProbeError) return error.reason
  return { code: 'connecting', text: reasonOf(error) }
}
