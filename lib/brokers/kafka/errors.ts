import { AppError } from '#lib/protocol/errors.ts'
import { LimitError } from './limit.ts'

/**
 * kafkajs's errors are told apart by name and fields: its classes can't be imported by name from a module, as its entry point
 * spreads them into its exports.
 */

/** kafkajs wraps what happened in "retries exceeded" and aggregates: the causes from the outermost in. */
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

/** The innermost words, which name what really happened. */
export function reasonOf(error: unknown): string {
  let reason = error instanceof Error ? error.message : String(error)
  for (const cause of causesOf(error)) if (cause instanceof Error) reason = cause.message
  return reason
}

export const isTopicMissing = (error: unknown): boolean =>
  brokerCodeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION'

const REBALANCE_CODES = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])
/** The group is being shared out anew: what was asked for the old share no longer counts. */
export const isRebalance = (error: unknown): boolean => REBALANCE_CODES.has(brokerCodeOf(error) ?? '')

const FINAL_CODES = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INCONSISTENT_GROUP_PROTOCOL',
  'GROUP_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
])
/** A refusal that trying again doesn't change. */
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

/** Any failure of a request to the broker as callers of a driver are told it. */
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
