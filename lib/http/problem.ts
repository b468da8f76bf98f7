import { AppError, ERROR_STATUS, type Failure, toFailure } from '#lib/protocol/errors.ts'
import { PROBLEM_TITLES, problemType } from '#lib/protocol/problems.ts'

/** When to ask again after a 503 that names no time of its own: brokers come back within seconds. */
const UNAVAILABLE_RETRY_MS = 2_000

/**
 * An RFC 9457 problem document. Limits and reasons ride as extension members beside `code`; an error that is no
 * `AppError` becomes `internal` and tells nothing of itself.
 */
export function problem(error: unknown, instance: string, headers: Record<string, string> = {}): Response {
  const { code, message, detail, retryAfterMs: asked } = toFailure(error)
  const status = ERROR_STATUS[code]
  const retryAfterMs = asked ?? (status === 503 ? UNAVAILABLE_RETRY_MS : undefined)
  const document = {
    ...detail,
    type: problemType(code),
    title: PROBLEM_TITLES[code],
    status,
    detail: message,
    instance,
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
      ...headers,
    },
  })
}

/** Whether a caller is told this error as it is, or it is the dashboard's own trouble and belongs in the log. */
export const isOurs = (error: unknown): boolean => error instanceof AppError

/** The error that a failed outcome tells of. */
export const fromFailure = ({ code, message, retryAfterMs, detail }: Failure): AppError =>
  new AppError(code, message, { retryAfterMs, detail })
