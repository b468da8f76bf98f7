import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { CODINGS } from '#lib/launcher/bootstrap/packed-files.mjs'

type Coding = (typeof CODINGS)[number]['coding']

interface Packed {
  bytes: Buffer
  etag: string
}

interface StaticFile {
  type: string
  packed: Map<Coding, Packed>
}

const TYPES: Record<string, string> = {
  '.js': 'application/javascript; charset=UTF-8',
  '.css': 'text/css; charset=UTF-8',
  '.json': 'application/json; charset=UTF-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=UTF-8',
}

/** Their names change with what they hold. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable'

/** Whether a coding may be sent, by an Accept-Encoding header (RFC 9110): `br;q=0` refuses it, `*` stands for the unnamed. */
function accepts(header: string, coding: Coding): boolean {
  const weights = new Map(
    header
      .toLowerCase()
      .split(',')
      .map((entry) => {
        const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
        const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
        return [name, weight === undefined ? 1 : Number(weight)] as const
      }),
  )
  return (weights.get(coding) ?? weights.get('*') ?? 0) > 0
}

async function readPacked(path: string): Promise<Packed> {
  const bytes = await readFile(path)
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` }
}

/** All of a folder that lies there compressed, by its path within it. */
async function readFolder(folder: string): Promise<Map<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  if (!existsSync(folder)) return files
  for (const entry of await readdir(folder, { recursive: true })) {
    for (const { coding, suffix } of CODINGS) {
      const name = entry.slice(0, -suffix.length)
      const type = TYPES[extname(name)]
      if (!entry.endsWith(suffix) || type === undefined) continue
      const path = name.split(sep).join('/')
      const file = files.get(path) ?? { type, packed: new Map() }
      files.set(path, file)
      file.packed.set(coding, await readPacked(join(folder, entry)))
    }
  }
  return files
}

function sendPacked(
  request: IncomingMessage,
  response: ServerResponse,
  { type, packed }: StaticFile,
): boolean {
  const header = String(request.headers['accept-encoding'] ?? '')
  const chosen = CODINGS.find(({ coding }) => packed.has(coding) && accepts(header, coding))
  const found = chosen && packed.get(chosen.coding)
  if (!found) return false
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('ETag', found.etag)
  response.setHeader('Cache-Control', CACHE_CONTROL)
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.some((tag) => tag === found.etag || tag === '*')) {
    response.writeHead(304).end()
    return true
  }
  response.setHeader('Content-Encoding', chosen.coding)
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', found.bytes.length)
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : found.bytes)
  return true
}

/**
 * Answers for built files that lie there compressed (`packed-files.mjs`), from memory: some 2 MB for all of them. Answers
 * whether it did. What asks for a range, or takes no compressed answer, is left to Next.
 */
export async function openPackedStatic(
  folder: string,
  address: string,
): Promise<(request: IncomingMessage, response: ServerResponse) => boolean> {
  const files = await readFolder(folder)
  return (request, response) => {
    const { method, url = '', headers } = request
    if ((method !== 'GET' && method !== 'HEAD') || headers.range !== undefined) return false
    if (!url.startsWith(address)) return false
    const path = url.slice(address.length).split('?')[0] ?? ''
    const file = files.get(decodeURIComponent(path))
    return file !== undefined && sendPacked(request, response, file)
  }
}
