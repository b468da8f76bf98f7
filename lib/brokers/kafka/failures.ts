import { createFailures, type Failure, type Failures, wordsOf } from '../kit/failures.ts'
import { ProbeError } from '../recipe.ts'

/**
 * An error and its causes, from the outermost in: kafkajs wraps what happened in "retries exceeded" and in aggregates. Its
 * errors are recognised by name and fields, since its entry point spreads the classes into its exports, where a module
 * cannot import them by name.
 */
export function* causesOf(error: unknown): Generator<Error> {
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
    if ('type' in cause && typeof cause.type === 'string') return cause.type
  }
  return undefined
}

/** The words of the innermost cause, which name what really happened. */
export const reasonOf = (error: unknown): string => wordsOf([...causesOf(error)].at(-1) ?? error)

export const isTopicMissing = (error: unknown): boolean =>
  brokerCodeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION'

const REBALANCE_CODES = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])
/** The group rebalances: what was asked under the old assignment no longer counts. */
export const isRebalance = (error: unknown): boolean => REBALANCE_CODES.has(brokerCodeOf(error) ?? '')

const FORBIDDEN_CODES = ['GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']
const FINAL_CODES = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INCONSISTENT_GROUP_PROTOCOL',
  ...FORBIDDEN_CODES,
])
/** This user may not do it. */
export const isForbidden = (error: unknown): boolean => FORBIDDEN_CODES.includes(brokerCodeOf(error) ?? '')
/** A refusal that a retry does not change. */
export const isFinal = (error: unknown): boolean => FINAL_CODES.has(brokerCodeOf(error) ?? '')

const isNamed = (error: unknown, prefix: string): boolean =>
  [...causesOf(error)].some(({ name }) => name.startsWith(prefix))

/** The broker did not make the topic; any other failure of making it may have come after it was made. */
export const isCreationRefused = (error: unknown): boolean => isNamed(error, 'KafkaJSCreateTopicError')

/** The connection ended, or could not be made: the broker may have done what was asked, or not. */
export const isConnectionTrouble = (error: unknown): boolean => isNamed(error, 'KafkaJSConnection')

/** The broker refused the login, or the client library could not log in as the broker wants it. */
const isLoginRefused = (error: unknown): boolean => isNamed(error, 'KafkaJSSASLAuthenticationError')

function classify(error: unknown): Failure {
  const text = reasonOf(error)
  if (isLoginRefused(error)) return { kind: 'authentication', text, answered: true }
  if (brokerCodeOf(error) !== undefined) return { kind: 'rejected', text, answered: true }
  if (isNamed(error, 'KafkaJSRequestTimeoutError')) return { kind: 'timeout', text, answered: false }
  if (isConnectionTrouble(error)) return { kind: 'gone', text, answered: false }
  // kafkajs, or this driver, refuses what makes no sense to it.
  return { kind: 'rejected', text, answered: false }
}

const kafka = createFailures('Kafka', classify)

/** How errors of kafkajs and of the probe are reported to the rest of the dashboard. */
export const failures: Failures = {
  ...kafka,
  /** What the handshake found; whatever fails after it counts as still connecting. */
  toReason: (error) => {
    if (error instanceof ProbeError) return error.reason
    return { code: isLoginRefused(error) ? 'authentication' : 'connecting', text: reasonOf(error) }
  },
}
