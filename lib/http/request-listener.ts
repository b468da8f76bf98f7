import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type CallerOf, callerOfConnection } from '#lib/access/caller.ts'
import { AppError, ERROR_STATUS, toFailure } from '#lib/protocol/errors.ts'
import { pathWithin } from '#lib/util/base-path.mjs'
import { setCaller } from './http-actors.ts'
import type { OriginGuard } from './origin-guard.ts'
import { problem, type RequestedPlace } from './responses.ts'
import { createSecurityHeaders } from './security-headers.ts'

export interface RequestListenerOptions {
  guard: OriginGuard
  /** Who asks; the connection alone says it where nothing else is given. */
  callerOf?: CallerOf
  /** Where the dashboard lies on its host: a path, empty at the root. Everything else is answered with 404. */
  basePath?: string
  dev: boolean
  /** Serves what the guard lets in: pages and route handlers. */
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  log: { error(details: object, message: string): void }
}

/** What every HTTP request meets first: security headers, the guard, who asks, and an answer when serving fails. */
export function createRequestListener(options: RequestListenerOptions): RequestListener {
  const { guard, callerOf = callerOfConnection, basePath = '', dev, serve, log } = options
  const setHeaders = createSecurityHeaders(dev)
  return (request, response) => {
    setHeaders(response)
    const place = placeOf(request, basePath)
    const fault =
      guard.fault(request) ?? pathFault(request) ?? outsideFault(request, basePath) ?? methodFault(request)
    if (fault) {
      void refuse(fault, place, response)
      return
    }
    if (basePath !== '') leaveOutLastSlash(request, basePath)
    setCaller(request, callerOf(request))
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error, path: request.url }, 'a request could not be served')
      if (response.headersSent) response.destroy()
      else void sendProblem(error, place, response)
    })
  }
}

/** A caller of the API gets a problem document, a person a line of text. */
function refuse(fault: AppError, place: RequestedPlace, response: ServerResponse): Promise<void> {
  if (place.path.startsWith('/api')) return sendProblem(fault, place, response)
  response.writeHead(ERROR_STATUS[fault.code], { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${fault.code}: ${fault.message}\n`)
  return Promise.resolve()
}

/** Those that a page or the API may answer. The router behind has no answer at all to some of the others, such as TRACE. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

function methodFault({ method = '' }: IncomingMessage): AppError | undefined {
  if (METHODS.has(method)) return undefined
  return new AppError('method-not-allowed', `use ${[...METHODS].join(', ')}`)
}

/** The address is a whole URL, as sent to a proxy, or holds an escape that decodes to no text: routers disagree on both. */
function pathFault(request: IncomingMessage): AppError | undefined {
  if (request.url?.startsWith('/') !== true) return new AppError('bad-request', 'the address is no path')
  try {
    decodeURIComponent(pathOf(request))
    return undefined
  } catch (error) {
    return new AppError('bad-request', 'the address holds a broken escape', { cause: error })
  }
}

async function sendProblem(error: unknown, place: RequestedPlace, response: ServerResponse) {
  const document = problem(toFailure(error), place)
  response.writeHead(document.status, Object.fromEntries(document.headers))
  response.end(await document.text())
}

/** What lies outside the base path was asked for from the host's root. */
function placeOf(request: IncomingMessage, basePath: string): RequestedPlace {
  const path = pathWithin(basePath, pathOf(request))
  return path === undefined ? { basePath: '', path: pathOf(request) } : { basePath, path }
}

/** A redirection instead would never end behind a proxy that takes the path away. */
function outsideFault(request: IncomingMessage, basePath: string): AppError | undefined {
  if (pathWithin(basePath, pathOf(request)) !== undefined) return undefined
  const proxies = 'a proxy in front of it has to pass this path on as it is'
  return new AppError('not-found', `the dashboard is at ${basePath}; ${proxies}`)
}

/** Some proxies redirect `/switchboard` to `/switchboard/` and the router the other way: both are the lobby. */
function leaveOutLastSlash(request: IncomingMessage, basePath: string): void {
  if (pathOf(request) !== `${basePath}/`) return
  request.url = `${basePath}${request.url?.slice(basePath.length + 1)}`
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/'
