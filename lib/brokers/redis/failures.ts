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
const NOT_AUTHORIZED = /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR Client sent AUTH)/
/** The words of the client library's parser for bytes that are no Redis protocol, and of OpenSSL for a peer without TLS. */
const NOT_REDIS = /Unknown RESP type|Protocol error|wrong version number|EPROTO/i

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error reply of Redis, as against a connection's failure. */
export const isErrorReply = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ReplyError'

/** The client library refused to write: nothing has left, and nothing is queued. */
export const isNeverWritten = (error: unknown): boolean => wordsOf(error).startsWith("Stream isn't writeable")

/** Why connecting failed. */
export function reasonOf(error: unknown): BrokerReason {
  const text = wordsOf(error) || 'no reason given'
  const code = coded.safeParse(error)
  if (code.success && NOBODY_THERE.has(code.data.code)) return { code: 'refused', text }
  if (NOT_AUTHORIZED.test(text)) return { code: 'authentication', text }
  if (NOT_REDIS.test(text)) return { code: 'wrong-protocol', text }
  return { code: 'lost', text }
}

export const brokerDown = (text: string, cause?: unknown): AppError =>
  new AppError('broker-down', `Redis is not connected: ${text}`, {
    cause,
    retryAfterMs: 1_000,
    detail: { reason: text },
  })

/** An operation's failure for its caller: Redis refused, or there is no connection to it. */
export function asOperationError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const text = wordsOf(error)
  if (!isErrorReply(error)) return brokerDown(text, error)
  return new AppError('broker-refused', `Redis refused: ${text}`, { cause: error, detail: { reason: text } })
}

/** `work`, or AppError `broker-timeout` after `ms`. The work itself goes on: its owner must cut what it waits for. */
export async function bounded<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    const late = () => new AppError('broker-timeout', `Redis did not answer within ${ms} ms: ${what}`)
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `work` succeeded in time; for goodbyes, whose failure only means that the caller must cut what is left. */
export async function politely(what: string, ms: number, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await bounded(what, ms, work())
    return true
  } catch {
    return false
  }
}
