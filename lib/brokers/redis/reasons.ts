import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'

const coded = z.object({ code: z.string() })
const NOBODY_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
/** Redis's own error prefixes for a client that may not do this (redis.io/docs/latest/operate/oss_and_stack/management/security/acl). */
const NOT_LET_IN = /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR Client sent AUTH)/
/** What the client library's parser says of bytes that are no Redis protocol, and OpenSSL of a peer without TLS. */
const FOREIGN_SPEECH = /Unknown RESP type|Protocol error|wrong version number|EPROTO/i

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error reply of Redis, as against a connection's failure. */
export const isErrorReply = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ReplyError'

/** The client library refused to write: nothing has left, and nothing is queued. */
export const isNeverWritten = (error: unknown): boolean => wordsOf(error).startsWith("Stream isn't writeable")

export function reasonOf(error: unknown): BrokerReason {
  const text = wordsOf(error) || 'no reason given'
  const code = coded.safeParse(error)
  if (code.success && NOBODY_THERE.has(code.data.code)) return { code: 'refused', text }
  if (NOT_LET_IN.test(text)) return { code: 'authentication', text }
  if (FOREIGN_SPEECH.test(text)) return { code: 'wrong-protocol', text }
  return { code: 'lost', text }
}

export const brokerDown = (text: string, cause?: unknown): AppError =>
  new AppError('broker-down', `Redis is not connected: ${text}`, {
    cause,
    retryAfterMs: 1_000,
    detail: { reason: text },
  })

/** An operation's failure as its caller is told: the broker's own no, or no broker. */
export function asOperationError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const text = wordsOf(error)
  if (!isErrorReply(error)) return brokerDown(text, error)
  return new AppError('broker-refused', `Redis refused: ${text}`, { cause: error, detail: { reason: text } })
}
