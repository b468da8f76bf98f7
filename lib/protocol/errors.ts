import * as z from 'zod'
import { withoutCredentials } from '#lib/util/credentials.ts'

/** Every error code that can reach a browser or a caller of the HTTP API, with its HTTP status. The words are the screen's. */
export const ERROR_STATUS = {
  'bad-request': 400,
  'token-needed': 401,
  'forbidden-role': 403,
  'forbidden-room': 403,
  'not-yours': 403,
  muted: 403,
  'person-removed': 403,
  'wrong-code': 403,
  'forbidden-origin': 403,
  'forbidden-host': 403,
  'room-not-found': 404,
  'destination-not-found': 404,
  'consumer-not-found': 404,
  'delivery-not-found': 404,
  'person-not-found': 404,
  'system-not-found': 404,
  'lesson-not-found': 404,
  'command-not-found': 404,
  'not-found': 404,
  'method-not-allowed': 405,
  'name-taken': 409,
  'id-in-use': 409,
  'ambiguous-name': 409,
  'wrong-state': 409,
  'lobby-stays': 409,
  'not-capable': 409,
  'existed-before': 409,
  'load-running': 409,
  'not-ours': 409,
  'vote-open': 409,
  'vote-closed': 409,
  'text-too-long': 413,
  'body-too-large': 413,
  invalid: 422,
  'text-empty': 422,
  'broker-refused': 422,
  'too-many': 422,
  'rate-limited': 429,
  internal: 500,
  'broker-down': 503,
  'broker-timeout': 504,
} as const

export type ErrorCode = keyof typeof ERROR_STATUS
export const errorCodes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]
export const errorCodeSchema = z.enum(errorCodes)

/**
 * Next bundles route handlers apart, so this class exists more than once in a process: its instances are recognised by
 * a mark.
 */
const MARK = Symbol.for('switchboard.AppError')

/**
 * A failure that a caller gets to see; `instanceof` works across bundles. `message` is for logs and for callers of the API; a
 * screen words `code` itself. `detail` holds what that takes (a limit, a broker's own reason), `retryAfterMs` the time after
 * which trying again makes sense. Credentials in its words are masked.
 */
export class AppError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value
  }

  readonly [MARK] = true
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly detail: Record<string, string | number | boolean> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      cause?: unknown
      retryAfterMs?: number
      detail?: Record<string, string | number | boolean>
    } = {},
  ) {
    super(withoutCredentials(message), { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.detail = options.detail && masked(options.detail)
  }
}

const masked = (detail: NonNullable<AppError['detail']>): NonNullable<AppError['detail']> =>
  Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name,
      typeof value === 'string' ? withoutCredentials(value) : value,
    ]),
  )

/** A failed command on the wire. */
export const failureSchema = z.object({
  ok: z.literal(false),
  code: errorCodeSchema,
  message: z.string(),
  retryAfterMs: z.number().optional(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
})
export type Failure = z.infer<typeof failureSchema>

/** Every command's acknowledgement. */
export type Reply<T> = { ok: true; value: T } | Failure

/** What a caller gets to see of an error: all of an `AppError`, nothing of any other. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AppError) {
    return {
      ok: false,
      code: error.code,
      message: error.message,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    }
  }
  return { ok: false, code: 'internal', message: 'something failed inside the dashboard' }
}
