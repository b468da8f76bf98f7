import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as ask, createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packFiles } from '#lib/launcher/bootstrap/packed-files.mjs'
import { openPackedStatic } from '../../../server/packed-static.ts'

const SCRIPT = 'export const words = "one message, three brokers";\n'.repeat(200)
const TYPE = 'application/javascript; charset=UTF-8'

let folder = ''
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'))
  await mkdir(join(folder, 'chunks'))
  await writeFile(join(folder, 'chunks', 'a~b.js'), SCRIPT)
  await writeFile(join(folder, 'chunks', 'tiny.js'), '1')
  await writeFile(join(folder, 'font.woff2'), SCRIPT)
  await packFiles(folder)
  const serve = await openPackedStatic(folder, '/hall/_next/static/')
  server = createServer((request, response) => {
    if (!serve(request, response)) response.writeHead(200, { 'x-from': 'next' }).end('plain')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

interface Answer {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

const get = (headers: Record<string, string>, path = 'chunks/a~b.js', method = 'GET') =>
  new Promise<Answer>((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    ask({ port, host: '127.0.0.1', path: `/hall/_next/static/${path}`, method, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }),
      )
    })
      .on('error', reject)
      .end()
  })

describe('a built file', () => {
  test('is sent by Brotli to who takes it, else by gzip, for ever and apart from each other in caches', async () => {
    const brotli = await get({ 'accept-encoding': 'gzip, deflate, br, zstd' })
    expect(brotli.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': TYPE,
      'content-length': String(brotli.body.length),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    })
    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT)
    const gzip = await get({ 'accept-encoding': 'gzip, br;q=0' })
    expect(gzip.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': TYPE })
    expect(gunzipSync(gzip.body).toString()).toBe(SCRIPT)
    expect(gzip.headers.etag).not.toBe(brotli.headers.etag)
  })

  test('is known by its tag, and HEAD says of it what GET does', async () => {
    const { headers } = await get({ 'accept-encoding': 'br' })
    const again = await get({ 'accept-encoding': 'br', 'if-none-match': `W/"x", ${headers.etag}` })
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag])
    const head = await get({ 'accept-encoding': 'br' }, undefined, 'HEAD')
    expect(head.body.length).toBe(0)
    const { date: _, ...said } = headers
    expect(head.headers).toMatchObject(said)
  })

  test.each([
    ['who takes no compressed answer', { 'accept-encoding': 'identity' }, 'chunks/a~b.js'],
    ['who names no coding', {}, 'chunks/a~b.js'],
    ['who wants a part of it', { 'accept-encoding': 'br', range: 'bytes=0-9' }, 'chunks/a~b.js'],
    ['which compression would make longer', { 'accept-encoding': 'br' }, 'chunks/tiny.js'],
    ['of another kind', { 'accept-encoding': 'br' }, 'font.woff2'],
    ['that is not there', { 'accept-encoding': 'br' }, '../packed-static.ts'],
  ])('is left to Next for one %s', async (_, headers, path) => {
    expect((await get(headers, path)).headers['x-from']).toBe('next')
  })
})
