import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'

/** AMQP 0-9-1 reply codes that this driver distinguishes (amqp0-9-1 specification, section 1.2 "constants"). */
export const REPLY = {
  ACCESS_REFUSED: 403,
  NOT_FOUND: 404,
  PRECONDITION_FAILED: 406,
  NOT_ALLOWED: 530,
  INTERNAL_ERROR: 541,
} as const

const coded = z.object({ code: z.unknown() })
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
/** The client library's words when the peer speaks another protocol than AMQP 0-9-1, or no TLS where TLS is expected. */
const WRONG_PROTOCOL =
  /Invalid frame|maxFrameSize|Unknown frame type|Expected ConnectionStart|Frame on channel|SASL mechanism|wrong version number|EPROTO/
const NOT_AUTHORIZED = /ACCESS.REFUSED|NOT.ALLOWED|\b(403|530)\b/
/** The broker refuses this virtual host to this user; the client library leaves out the broker's own words. */
const VHOST_REFUSED = /Expected ConnectionOpenOk; got <ConnectionClose/

/** The AMQP reply code an error carries, if any. */
export function replyCodeOf(error: unknown): number | null {
  const parsed = coded.safeParse(error)
  return parsed.success && typeof parsed.data.code === 'number' ? parsed.data.code : null
}

const errnoOf = (error: unknown): string => {
  const parsed = coded.safeParse(error)
  return parsed.success && typeof parsed.data.code === 'string' ? parsed.data.code : ''
}

/** An error's message; never empty. An attempt on several addresses fails with an AggregateError that has none. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ')
  if (error instanceof Error) return error.message || error.name
  return String(error)
}

/** Why a connection could not be made, or ended. */
export function reasonOf(error: unknown): BrokerReason {
  if (error instanceof AppError && error.cause !== undefined) return reasonOf(error.cause)
  const text = wordsOf(error)
  const code = replyCodeOf(error)
  if (VHOST_REFUSED.test(text)) {
    return { code: 'authentication', text: 'the broker does not open this virtual host to this user' }
  }
  if (text.includes('ETIMEDOUT')) return { code: 'connecting', text: `nothing answered in time (${text})` }
  if (UNREACHABLE.has(errnoOf(error))) return { code: 'refused', text }
  if (code === REPLY.ACCESS_REFUSED || code === REPLY.NOT_ALLOWED || NOT_AUTHORIZED.test(text)) {
    return { code: 'authentication', text }
  }
  if (WRONG_PROTOCOL.test(`${text} ${errnoOf(error)}`)) return { code: 'wrong-protocol', text }
  return { code: 'lost', text }
}

export const brokerDown = (text: string, cause?: unknown): AppError =>
  new AppError('broker-down', `RabbitMQ is not connected: ${text}`, {
    cause,
    retryAfterMs: 1_000,
    detail: { reason: text },
  })

/** Whether the broker refused with this reply code. */
export const isReply = (error: unknown, code: number): boolean =>
  error instanceof AppError && error.detail?.replyCode === code

/** A failed operation as its caller gets it: `broker-refused` when the broker gave a reply code, else `broker-down`. */
export function asOperationError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const replyCode = replyCodeOf(error)
  const text = wordsOf(error)
  if (replyCode === null) return brokerDown(text, error)
  const reason = inPlainWords(text) ?? text
  return new AppError('broker-refused', `RabbitMQ refused: ${reason}`, {
    cause: error,
    detail: { reason, replyCode },
  })
}

/**
 * From RabbitMQ 4.3 queues that are neither durable nor exclusive are refused, by closing the whole connection with 541
 * (rabbitmq.com/release-information/deprecated-features-list, `transient_nonexcl_queues`).
 */
export const refusesTransientQueues = (error: unknown): boolean =>
  wordsOf(error instanceof AppError ? (error.cause ?? error) : error).includes('transient_nonexcl_queues')

/** "inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received the value '5' of type 'byte' but current is none" */
const INEQUIVALENT =
  /inequivalent arg '([^']+)' for (queue|exchange) '([^']+)' in vhost '[^']*': received (.+?) but current is (.+?)"?$/
/** "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue" */
const INVALID_ARGUMENT = /invalid arg '([^']+)' for (queue) '([^']+)'.* of queue type rabbit_(\w+?)_queue/
/** "the value '5' of type 'byte'", "'true'", "none" */
const VALUE = /^(?:the value )?'([^']*)'(?: of type '[^']*')?$/

const wordOf = (text: string): string => {
  const value = VALUE.exec(text)?.[1]
  if (text === 'none') return 'not set'
  return value === undefined ? text : value
}

/** The broker's text for a refused declaration (406) as a sentence for people; null for any other text. */
export function inPlainWords(text: string): string | null {
  const inequivalent = INEQUIVALENT.exec(text)
  if (inequivalent) {
    const [, argument, noun, name, asked = '', found = ''] = inequivalent
    return `the ${noun} "${name}" exists already and was made otherwise: its ${argument} is ${wordOf(found)}, and ${wordOf(asked)} was asked for (406)`
  }
  const invalid = INVALID_ARGUMENT.exec(text)
  if (!invalid) return null
  const [, argument, noun, name, type] = invalid
  return `the ${noun} "${name}" can't be made so: a ${type} queue has no ${argument} (406)`
}
