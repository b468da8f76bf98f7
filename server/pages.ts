import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { builtBasePath } from '#lib/launcher/bootstrap/build.mjs'
import { builtStatic } from '#lib/launcher/bootstrap/packed-files.mjs'
import { openPackedStatic } from './packed-static.ts'
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

const root = join(import.meta.dirname, '..')

/** Throws, in words for a person, where the built pages are for another base path. */
export function requireBuiltFor(basePath: string): void {
  const built = builtBasePath(root)
  if (built === undefined || built === basePath) return
  const [wanted, is] = [basePath, built].map((path) => path || '/')
  throw new Error(
    `BASE_URL says that the dashboard is at ${wanted}, and its pages were built for ${is}. \`npm start\` builds them again; ` +
      'elsewhere run `npm run build` with this BASE_URL, and an image is built with --build-arg BASE_URL=…',
  )
}

/** Next, with its pages and route handlers. Without `dev` it needs what `next build` made. */
export async function preparePages({ http, ...options }: PagesOptions): Promise<Pages> {
  const inContext = createRequestContexts()
  const { default: next } = await import('next')
  const app = next({ ...options, dir: root, httpServer: http })
  await app.prepare()
  const serve = inContext(app.getRequestHandler())
  if (options.dev) return { serve, close: () => app.close() }
  const servePacked = await openPackedStatic(builtStatic(root), `${builtBasePath(root) ?? ''}/_next/static/`)
  return {
    serve: async (request, response) => {
      if (!servePacked(request, response)) await serve(request, response)
    },
    close: () => app.close(),
  }
}
