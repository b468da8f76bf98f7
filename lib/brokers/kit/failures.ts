import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { withoutCredentials } from '#lib/util/credentials.ts'
import { isNoTls, isUntrustedCertificate } from '#lib/util/tcp-exchange.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { DeadlineError } from './deadlines.ts'

/**
 * Why something did not work, in one taxonomy for all systems.
 * `unreachable`: nobody listens there. `authentication`: the broker does not let us in. `untrusted`: its certificate is not
 * trusted. `wrong-protocol`: something else listens there. `starting`: the broker answers that it is not ready yet. `rejected`:
 * the broker, or its client library, said no. `timeout`: no answer in time. `gone`: the connection ended.
 */
export type FailureKind =
  | 'unreachable'
  | 'authentication'
  | 'untrusted'
  | 'wrong-protocol'
  | 'starting'
  | 'rejected'
  | 'timeout'
  | 'gone'

export interface Failure {
  kind: FailureKind
  /** The broker's or the socket's own words; never empty. */
  text: string
  /** The broker answered, and its answer was no; otherwise nobody knows what became of the request. */
  answered: boolean
  /** What wording needs beside the text, such as AMQP's reply code. */
  detail?: Record<string, string | number | boolean>
}

/** How one system's errors are reported to the rest of the dashboard. */
export interface Failures {
  of(error: unknown): Failure
  /** Why a connection could not be made, or ended. */
  toReason(error: unknown): BrokerReason
  /**
   * The failure of an operation as its caller gets it: `broker-refused` with the broker's words in `detail.reason`,
   * `broker-timeout`, or `broker-down`. An AppError is returned as it is. `what` names the operation.
   */
  toAppError(error: unknown, what?: string): AppError
  brokerDown(text: string, cause?: unknown): AppError
}

/** A caller that gets `broker-down` may try again after this. */
const RETRY_AFTER_MS = 1_000

/** `label` is the system as people write it; `classify` knows the client library's errors. */
export function createFailures(label: string, classify: (error: unknown) => Failure): Failures {
  const failureOf = (error: unknown): Failure => {
    if (error instanceof DeadlineError) return { kind: 'timeout', text: error.message, answered: false }
    if (!(error instanceof AppError)) return classify(error)
    if (error.cause !== undefined) return failureOf(error.cause)
    return { kind: kindOf(error), text: error.message, answered: error.code === 'broker-refused' }
  }
  const brokerDown = (text: string, cause?: unknown) =>
    new AppError('broker-down', `${label} is not connected: ${text}`, {
      cause,
      retryAfterMs: RETRY_AFTER_MS,
      detail: { reason: text },
    })
  return {
    of: failureOf,
    toReason: (error) => {
      const { kind, text } = failureOf(error)
      return { code: reasonCodeOf(kind), text }
    },
    toAppError: (error, what) => {
      if (error instanceof AppError) return error
      const { kind, text, answered, detail } = failureOf(error)
      if (answered || kind === 'rejected') {
        const message = what === undefined ? `${label} refused: ${text}` : `${label} refused ${what}: ${text}`
        return new AppError('broker-refused', message, { cause: error, detail: { reason: text, ...detail } })
      }
      if (kind !== 'timeout') return brokerDown(text, error)
      const message = what === undefined ? `${label}: ${text}` : `${label} did not answer in time: ${what}`
      return new AppError('broker-timeout', message, { cause: error, detail: { reason: text } })
    },
    brokerDown,
  }
}

/** What kind of failure the dashboard itself reports with that error. */
function kindOf({ code }: AppError): FailureKind {
  if (code === 'broker-down') return 'gone'
  return code === 'broker-timeout' ? 'timeout' : 'rejected'
}

/** The code that screens have words for: `refused` is a connection that nobody accepted, as in ECONNREFUSED. */
function reasonCodeOf(kind: FailureKind): BrokerReason['code'] {
  switch (kind) {
    case 'unreachable':
      return 'refused'
    case 'untrusted':
      return 'certificate'
    case 'authentication':
    case 'wrong-protocol':
    case 'starting':
      return kind
    case 'timeout':
      return 'connecting'
    // A broker that said no to something has ended the connection, or it is of no use any more.
    case 'rejected':
    case 'gone':
      return 'lost'
    default:
      return unreachable(kind)
  }
}

/**
 * An error's own words, without credentials. A connection attempt on several addresses fails with an AggregateError that has
 * none itself.
 */
export function wordsOf(error: unknown): string {
  if (error instanceof Error && isNoTls(error)) return 'it does not speak TLS'
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ')
  if (error instanceof Error) return withoutCredentials(error.message) || error.name
  return withoutCredentials(String(error)) || 'no reason given'
}

const withErrno = z.object({ code: z.string() })

/** The operating system's code of a failed connection (`ECONNREFUSED`), or the empty string. */
export function errnoOf(error: unknown): string {
  const parsed = withErrno.safeParse(error)
  return parsed.success ? parsed.data.code : ''
}

const NOBODY_LISTENS = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])

/** Whether a connection failed because the broker's certificate is not trusted. */
export const isUntrusted = (error: unknown): boolean => isUntrustedCertificate(errnoOf(error))

/** Whether a connection failed because nobody listens at its address, or the address does not exist. */
export const nobodyListens = (error: unknown): boolean => NOBODY_LISTENS.has(errnoOf(error))
