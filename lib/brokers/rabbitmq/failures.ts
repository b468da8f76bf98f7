import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Mode } from '#lib/protocol/names.ts'
import {
  createFailures,
  errnoOf,
  type Failure,
  type FailureKind,
  isUntrusted,
  nobodyListens,
  wordsOf,
} from '../kit/failures.ts'

/** AMQP 0-9-1 reply codes that this driver distinguishes (amqp0-9-1 specification, section 1.2 "constants"). */
export const REPLY = {
  ACCESS_REFUSED: 403,
  NOT_FOUND: 404,
  PRECONDITION_FAILED: 406,
  NOT_ALLOWED: 530,
} as const

/** What the client library says when the peer speaks another protocol than AMQP 0-9-1, or no TLS where TLS is expected. */
const WRONG_PROTOCOL =
  /Invalid frame|maxFrameSize|Unknown frame type|Expected ConnectionStart|Frame on channel|SASL mechanism|does not speak TLS/
const NOT_AUTHORIZED = /ACCESS.REFUSED|NOT.ALLOWED|\b(403|530)\b/
/** The broker refuses this virtual host to this user; the client library leaves out the broker's own words. */
const VHOST_REFUSED = /Expected ConnectionOpenOk; got <ConnectionClose/

const withReplyCode = z.object({ code: z.number() })

/** The AMQP reply code that an error carries, if any. */
export function replyCodeOf(error: unknown): number | null {
  const parsed = withReplyCode.safeParse(error)
  return parsed.success ? parsed.data.code : null
}

function kindOf(error: unknown, text: string, replyCode: number | null): FailureKind {
  if (text.includes('ETIMEDOUT')) return 'timeout'
  if (nobodyListens(error)) return 'unreachable'
  if (isUntrusted(error)) return 'untrusted'
  if (replyCode === REPLY.ACCESS_REFUSED || replyCode === REPLY.NOT_ALLOWED || NOT_AUTHORIZED.test(text)) {
    return 'authentication'
  }
  if (WRONG_PROTOCOL.test(`${text} ${errnoOf(error)}`)) return 'wrong-protocol'
  return 'gone'
}

function classify(error: unknown): Failure {
  const words = wordsOf(error)
  if (VHOST_REFUSED.test(words)) {
    const text = 'the broker does not open this virtual host to this user'
    return { kind: 'authentication', text, answered: false }
  }
  const replyCode = replyCodeOf(error)
  const kind = kindOf(error, words, replyCode)
  if (replyCode !== null) {
    return { kind, text: inPlainWords(words) ?? words, answered: true, detail: { replyCode } }
  }
  return { kind, text: kind === 'timeout' ? `nothing answered in time (${words})` : words, answered: false }
}

/** A broker's answer carries its reply code in `detail.replyCode`. */
export const failures = createFailures('RabbitMQ', classify)

/** Whether the broker refused with this reply code. */
export const isReply = (error: unknown, code: number): boolean =>
  error instanceof AppError && error.detail?.replyCode === code

/** RabbitMQ answers 404 also for a queue that is there and does not answer; these words mean that there is none. */
const NO_SUCH_QUEUE = /no queue '/

/** Whether the broker said that there is no such queue, and not just that it can't be reached. */
export const isNoSuchQueue = (error: unknown): boolean =>
  isReply(error, REPLY.NOT_FOUND) && error instanceof AppError && NO_SUCH_QUEUE.test(error.message)

/** AppError `broker-refused`, in plain words. */
export const noSuch = (noun: 'queue' | 'exchange', name: string): AppError =>
  new AppError('broker-refused', `RabbitMQ has no ${noun} "${name}"`, {
    detail: { reason: `there is no ${noun} "${name}"`, replyCode: REPLY.NOT_FOUND },
  })

/** AppError `destination-not-found`, in plain words, for what was there and was deleted. */
export const goneError = (noun: 'queue' | 'exchange', name: string): AppError => {
  const reason = `the ${noun} "${name}" is on the broker no longer`
  return new AppError('destination-not-found', `RabbitMQ: ${reason}`, { detail: { reason } })
}

/** A stream is read as a log only, and nothing else is. */
export const isKindFor = (mode: Mode, type: string): boolean => (type === 'stream') === (mode === 'log')

/** What RabbitMQ says who would read by offset what is no stream. */
const NO_STREAM = /x-stream-offset/
export const isNoStream = (error: unknown): boolean =>
  isReply(error, REPLY.PRECONDITION_FAILED) && error instanceof AppError && NO_STREAM.test(error.message)

const kindReason = (mode: Mode, name: string): string =>
  mode === 'log'
    ? `"${name}" is a queue on this RabbitMQ, and no stream: it cannot be read as a log`
    : `"${name}" is a stream on this RabbitMQ: it can only be read as a log`

/** AppError `broker-refused`, in plain words, for what would be declared as something else than it is. */
export const otherKind = (mode: Mode, name: string): AppError => {
  const reason = kindReason(mode, name)
  return new AppError('broker-refused', `RabbitMQ: ${reason}`, { detail: { reason } })
}

/** AppError `destination-not-found`, in plain words, for what was made again as something else. */
export const replacedError = (mode: Mode, name: string): AppError => {
  const reason = kindReason(mode, name)
  return new AppError('destination-not-found', `RabbitMQ: ${reason}`, { detail: { reason } })
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
