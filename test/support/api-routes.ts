import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import * as handlers from '../../app/api/[[...path]]/route.ts'

/** Serves the API without Next's pages: by the same route handlers, called with the same kind of Request. */
export const serveApi = createApiRoutes('')

/** The same below a base path, which the addresses that Next hands to route handlers are without. */
export function createApiRoutes(basePath: string) {
  return (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> =>
    serveRoute(incoming.url?.slice(basePath.length) ?? '/', incoming, outgoing)
}

async function serveRoute(path: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = new URL(path, `http://${incoming.headers.host}`)
  const handler = Object.entries(handlers).find(([method]) => method === incoming.method)?.[1]
  if (!handler) throw new Error(`no route for ${incoming.method} ${url.pathname}`)
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const response = await handler(toRequest(incoming, url, gone.signal))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  if (response.body) await pour(response.body as WebStream<Uint8Array>, outgoing, gone.signal)
  outgoing.end()
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
