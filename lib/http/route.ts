import { AppError } from '#lib/protocol/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { isOurs, problem } from './problem.ts'

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

/** What an address does for one method; throws AppError for whatever goes wrong. */
export type Handle<P> = (request: Request, params: P) => Response | Promise<Response>

/** A route handler as Next calls it. */
export type RouteHandler<P> = (request: Request, context: { params: Promise<P> }) => Promise<Response>

const refusals = new WeakSet<object>()
/** Whether a route's export only says that the address does not take that method. */
export const isRefusal = (handler: object): boolean => refusals.has(handler)

/**
 * The exports of a route file: every method answers, those not given with 405 and `Allow`, and every error as a problem
 * document.
 */
export function route<P = Record<string, never>>(
  handles: Partial<Record<Method, Handle<P>>>,
): Record<Method, RouteHandler<P>> {
  const allow = METHODS.filter((method) => handles[method]).join(', ')
  const entry = (method: Method): RouteHandler<P> => {
    const handle = handles[method]
    if (handle) return guarded(handle)
    const refuse: RouteHandler<P> = async (request) =>
      problem(new AppError('method-not-allowed', `use ${allow}`), pathOf(request), { allow })
    refusals.add(refuse)
    return refuse
  }
  return {
    GET: entry('GET'),
    POST: entry('POST'),
    PUT: entry('PUT'),
    PATCH: entry('PATCH'),
    DELETE: entry('DELETE'),
  }
}

function guarded<P>(handle: Handle<P>): RouteHandler<P> {
  return async (request, { params }) => {
    try {
      return await handle(request, decoded(await params))
    } catch (error) {
      const path = pathOf(request)
      if (!isOurs(error)) getRuntime().log.error({ err: error, path }, 'a request failed')
      return problem(error, path)
    }
  }
}

/** Names hold no `%`: one that is left is an escape that the router did not undo; broken ones never come so far. */
function decoded<P>(params: P): P {
  const pairs = Object.entries(params ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' && value.includes('%') ? decodeURIComponent(value) : value,
  ])
  return Object.fromEntries(pairs) as P
}

const pathOf = (request: Request): string => new URL(request.url).pathname

/** Answers an address that nothing else answers. */
export const nothingHere = (): never => {
  throw new AppError('not-found', 'the API is described at /api/openapi.json')
}
