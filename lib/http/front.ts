import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { AppError, ERROR_STATUS } from '#lib/protocol/errors.ts'
import type { Guard } from './guard.ts'
import { createPageHeaders } from './page-headers.ts'
import { problem } from './problem.ts'

export interface FrontOptions {
  guard: Guard
  dev: boolean
  /** Serves what may come in: pages and route handlers. */
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  log: { error(details: object, message: string): void }
}

/** What every HTTP request meets first: security headers, the guard, and a last word when serving fails. */
export function createFront({ guard, dev, serve, log }: FrontOptions): RequestListener {
  const setHeaders = createPageHeaders(dev)
  return (request, response) => {
    setHeaders(response)
    const fault = guard.fault(request) ?? pathFault(request)
    if (fault) {
      void refuse(fault, request, response)
      return
    }
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error, path: request.url }, 'a request could not be served')
      if (response.headersSent) response.destroy()
      else void sendProblem(problem(error, pathOf(request)), response)
    })
  }
}

/** A caller of the API gets a problem document, a person a line of text. */
function refuse(fault: AppError, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (pathOf(request).startsWith('/api')) return sendProblem(problem(fault, pathOf(request)), response)
  response.writeHead(ERROR_STATUS[fault.code], { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${fault.code}: ${fault.message}\n`)
  return Promise.resolve()
}

/** An escape that stands for no text: routers disagree on what to do with it. */
function pathFault(request: IncomingMessage): AppError | undefined {
  try {
    decodeURIComponent(pathOf(request))
    return undefined
  } catch (error) {
    return new AppError('bad-request', 'the address holds a broken escape', { cause: error })
  }
}

async function sendProblem(document: Response, response: ServerResponse): Promise<void> {
  response.writeHead(document.status, Object.fromEntries(document.headers))
  response.end(await document.text())
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/'
