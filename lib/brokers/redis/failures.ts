import {
  createFailures,
  type Failure,
  isUntrusted,
  nobodyListens,
  wordsOf,
} from '#lib/brokers/kit/failures.ts'

/** Redis's own error prefixes for a client that may not do this (redis.io/docs/latest/operate/oss_and_stack/management/security/acl). */
const NOT_AUTHORIZED = /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR Client sent AUTH)/
/** The words of the client library's parser for bytes that are no Redis protocol, and for a peer without TLS. */
const NOT_REDIS = /Unknown RESP type|Protocol error|does not speak TLS/i

/** A server that reads its data, has lost its primary, or is kept busy by a script answers every command so. */
const NOT_READY = /^(LOADING|MASTERDOWN|BUSY) /

/** An error reply of Redis, as against a connection's failure. */
export const isErrorReply = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ReplyError'

/** The key holds a value of another type than the command is for. */
export const isOtherType = (error: unknown): boolean =>
  isErrorReply(error) && wordsOf(error).startsWith('WRONGTYPE')

/** Redis answered that it is not ready yet. */
export const isNotReady = (error: unknown): boolean => isErrorReply(error) && NOT_READY.test(error.message)

/** The client library refused to write: nothing has left, and nothing is queued. */
export const isNeverWritten = (error: unknown): boolean => wordsOf(error).startsWith("Stream isn't writeable")

function kindOf(error: unknown, text: string): Failure['kind'] {
  if (nobodyListens(error)) return 'unreachable'
  if (isUntrusted(error)) return 'untrusted'
  if (isNotReady(error)) return 'starting'
  if (NOT_AUTHORIZED.test(text)) return 'authentication'
  if (NOT_REDIS.test(text)) return 'wrong-protocol'
  return isErrorReply(error) ? 'rejected' : 'gone'
}

export const failures = createFailures('Redis', (error) => {
  const text = wordsOf(error)
  return { kind: kindOf(error, text), text, answered: isErrorReply(error) }
})

/** Throws what `work` throws as an AppError. */
export const orAppError = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw failures.toAppError(error)
  })
