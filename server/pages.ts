import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { createRequestContexts } from './request-contexts.ts'

export interface Pages {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>
  close(): Promise<void>
}

export interface PagesOptions {
  dev: boolean
  http: Server
  hostname: string
  port: number
}

/** Next, with its pages and route handlers. Without `dev` it needs what `next build` made. */
export async function preparePages({ http, ...options }: PagesOptions): Promise<Pages> {
  const inContext = createRequestContexts()
  const { default: next } = await import('next')
  const app = next({ ...options, dir: join(import.meta.dirname, '..'), httpServer: http })
  await app.prepare()
  return { serve: inContext(app.getRequestHandler()), close: () => app.close() }
}
