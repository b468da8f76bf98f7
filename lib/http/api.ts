import { asyncapi } from '#lib/protocol/asyncapi.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { AppError, toFailure } from '#lib/protocol/errors.ts'
import { openapi } from '#lib/protocol/openapi.ts'
import type { Health } from '#lib/protocol/status.ts'
import { getRuntime } from '#lib/runtime.ts'
import { type ApiRequest, runCommand } from './command-routes.ts'
import { tokenOf } from './http-actors.ts'
import { json, problem, text } from './responses.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof METHODS)[number]
type Handler = (asked: ApiRequest) => Response | Promise<Response>

interface Route {
  pattern: RegExp
  handlers: Map<string, Handler>
}

/** What the server says about itself. It costs little and takes no token, so that a monitor is never refused. */
const SERVICE: Record<string, Handler> = {
  '/api/health': async ({ request }) => json(200, await healthFor(request)),
  '/api/metrics': async ({ request }) => {
    if (!(await isPresenter(request))) throw new AppError('token-needed', 'metrics take a presenter’s token')
    const metrics = await getRuntime().metrics()
    return text(metrics.contentType, metrics.text)
  },
  '/api/openapi.json': () => json(200, openapi(getRuntime().basePath)),
  '/api/asyncapi.json': () => json(200, asyncapi(getRuntime().basePath)),
}

async function isPresenter(request: Request): Promise<boolean> {
  return (await getRuntime().access.grantOf(tokenOf(request))).role === 'presenter'
}

/** Where other machines may ask, whoever has no presenter's token learns which brokers are up, and nothing of where they are. */
async function healthFor(request: Request): Promise<Health> {
  const health = await getRuntime().rooms.health()
  if (await isPresenter(request)) return health
  const brokers = Object.entries(health.brokers).map(([system, { status, since }]) => [
    system,
    { status, since },
  ])
  return { ...health, brokers: Object.fromEntries(brokers) }
}

const ROUTES = createRoutes()

/** Serves every address of the API. Whatever goes wrong is answered with a problem document. */
export async function handleApiRequest(request: Request): Promise<Response> {
  const { pathname: path, searchParams } = new URL(request.url)
  const { basePath, log } = getRuntime()
  const place = { basePath, path }
  try {
    const route = ROUTES.find(({ pattern }) => pattern.test(path))
    if (!route) throw new AppError('not-found', `the API is described at ${basePath}/api/openapi.json`)
    // HEAD is answered as GET; the HTTP server leaves the body out.
    const handler = route.handlers.get(request.method === 'HEAD' ? 'GET' : request.method)
    if (handler) return await handler({ request, place, searchParams, params: paramsOf(path, route.pattern) })
    const allow = METHODS.filter((method) => route.handlers.has(method)).join(', ')
    return problem(toFailure(new AppError('method-not-allowed', `use ${allow}`)), place, { allow })
  } catch (error) {
    if (!(error instanceof AppError)) {
      log.error({ err: error, path }, 'a request failed')
    }
    return problem(toFailure(error), place)
  }
}

function createRoutes(): Route[] {
  const byPath = new Map<string, Map<string, Handler>>()
  const add = (path: string, method: Method, handler: Handler) => {
    const handlers = byPath.get(path) ?? new Map<string, Handler>()
    byPath.set(path, handlers.set(method, handler))
  }
  for (const name of commandNames) {
    const { http } = commandNamed(name)
    if (http) add(http.path, http.method.toUpperCase() as Method, (asked) => runCommand(name, asked))
  }
  for (const [path, handler] of Object.entries(SERVICE)) add(path, 'GET', handler)
  return [...byPath].map(([path, handlers]) => ({ pattern: patternOf(path), handlers }))
}

function patternOf(path: string): RegExp {
  const groups = path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${groups}$`)
}

/** Broken escapes never come this far: the request listener refuses them. */
const paramsOf = (path: string, pattern: RegExp): Record<string, string> =>
  Object.fromEntries(
    Object.entries(path.match(pattern)?.groups ?? {}).map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ]),
  )
