import { readdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { Method, RouteHandler } from '#lib/http/route.ts'
import { projectRoot } from './source-files.ts'

type Handlers = Record<Method, RouteHandler<Record<string, string>>>

/** One route file of `app/api`, addressed as Next would. */
export interface ApiRoute {
  /** As OpenAPI writes it: `/api/rooms/{room}`. */
  path: string
  match: RegExp
  handlers: Handlers
}

const folderOf = (file: string) => relative(join(projectRoot, 'app'), file).split('/').slice(0, -1)

/** The real route handlers of the API, the more exact address first. */
export async function loadApiRoutes(): Promise<ApiRoute[]> {
  const root = join(projectRoot, 'app/api')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('route.ts'))
    .map((file) => join(root, file))
  const routes = await Promise.all(
    files.map(async (file) => {
      const folders = folderOf(file)
      return {
        path: `/${folders.map((folder) => folder.replace(/^\[(\w+)\]$/, '{$1}')).join('/')}`,
        match: patternOf(folders),
        handlers: (await import(file)) as Handlers,
      }
    }),
  )
  const vagueness = ({ path }: ApiRoute) => (path.includes('[[') ? 100 : (path.match(/\{/g)?.length ?? 0))
  return routes.sort((a, b) => vagueness(a) - vagueness(b))
}

function patternOf(folders: string[]): RegExp {
  const parts = folders.map((folder) => {
    if (folder.startsWith('[[...')) return '(?:/.*)?'
    const name = folder.match(/^\[(\w+)\]$/)?.[1]
    return name ? `/(?<${name}>[^/]+)` : `/${folder.replaceAll('.', '\\.')}`
  })
  return new RegExp(`^${parts.join('')}$`)
}

/** Serves the API without Next's pages: the same handlers, called with the same kind of Request. */
export function serveApi(routes: ApiRoute[]) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`)
    const route = routes.find(({ match }) => match.test(url.pathname))
    const handler = route?.handlers[incoming.method as Method]
    if (!route || !handler) throw new Error(`no route for ${incoming.method} ${url.pathname}`)
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    const params = { ...url.pathname.match(route.match)?.groups }
    const response = await handler(toRequest(incoming, url, gone.signal), { params: Promise.resolve(params) })
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.flushHeaders()
    if (response.body) await pour(response.body as WebStream<Uint8Array>, outgoing, gone.signal)
    outgoing.end()
  }
}

function toRequest(incoming: IncomingMessage, url: URL, signal: AbortSignal): Request {
  const method = incoming.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const options = {
    method,
    headers: incoming.headers as Record<string, string>,
    signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as unknown as ReadableStream, duplex: 'half' } : {}),
  }
  return new Request(url, options)
}

async function pour(body: WebStream<Uint8Array>, outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  const reader = body.getReader()
  gone.addEventListener('abort', () => void reader.cancel())
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    if (!outgoing.write(value) && !gone.aborted)
      await new Promise<void>((resolve) => {
        outgoing.once('drain', resolve)
        outgoing.once('close', resolve)
      })
  }
}
