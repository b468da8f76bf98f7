import type { Failure } from '#lib/protocol/errors.ts'
import { problemOf } from '#lib/protocol/problem.ts'

/** An answer describes this moment: nothing between here and the caller may keep it. */
const NO_STORE = { 'cache-control': 'no-store' }
const MS_PER_SECOND = 1_000

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...headers },
  })

export const noContent = (): Response => new Response(null, { status: 204, headers: NO_STORE })

export const text = (contentType: string, value: string): Response =>
  new Response(value, { headers: { 'content-type': contentType, ...NO_STORE } })

/** Where a request went: the path within the dashboard, and where the dashboard lies on its host. */
export interface RequestedPlace {
  basePath: string
  path: string
}

/** A failure as an RFC 9457 problem document, with `Retry-After` where trying again makes sense. */
export function problem(
  failure: Failure,
  place: RequestedPlace,
  headers: Record<string, string> = {},
): Response {
  const document = problemOf(failure, place)
  const { status, retryAfterMs } = document
  const response = new Response(JSON.stringify(document), {
    status,
    headers: { 'content-type': 'application/problem+json', ...NO_STORE, ...headers },
  })
  if (retryAfterMs !== undefined) {
    response.headers.set('retry-after', String(Math.ceil(retryAfterMs / MS_PER_SECOND)))
  }
  return response
}
