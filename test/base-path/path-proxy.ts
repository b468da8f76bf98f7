import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathWithin } from '#lib/util/base-path.mjs'

/** A reverse proxy that passes one path of its host on as it is; everything else there is another site's. */
export interface PathProxy {
  readonly port: number
  /** Paths outside that somebody asked for. */
  readonly strayed: string[]
  /** Where the path leads from now on. */
  leadTo(port: number): void
  close(): void
}

export async function startPathProxy(basePath: string): Promise<PathProxy> {
  const strayed: string[] = []
  let target = 0
  const isWithin = ({ url = '/' }: IncomingMessage) =>
    pathWithin(basePath, url.split('?')[0] ?? '/') !== undefined
  const passOn = (asked: IncomingMessage) => {
    const forwarded = {
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-host': asked.headers.host,
      'x-forwarded-proto': 'http',
    }
    const headers = { ...asked.headers, ...forwarded, host: `127.0.0.1:${target}` }
    // A connection of its own: one that is used again may have been closed meanwhile.
    const to = { host: '127.0.0.1', port: target, agent: false }
    return request({ ...to, path: asked.url, method: asked.method, headers })
  }

  const server = createServer((asked, answer) => {
    if (!isWithin(asked)) {
      strayed.push(asked.url ?? '')
      answer.writeHead(404).end('another site')
      return
    }
    const passed = passOn(asked).on('response', (from) => {
      answer.writeHead(from.statusCode ?? 502, from.rawHeaders)
      from.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  server.on('upgrade', (asked, socket) => {
    if (!isWithin(asked)) {
      strayed.push(asked.url ?? '')
      socket.destroy()
      return
    }
    const passed = passOn(asked).on('upgrade', (from, other) => {
      const lines = Object.entries(from.headers).map(([name, value]) => `${name}: ${value}`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      other.pipe(socket).pipe(other)
      for (const end of [socket, other]) end.on('error', () => [socket, other].map((one) => one.destroy()))
    })
    passed.on('error', () => socket.destroy())
    passed.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    strayed,
    leadTo: (port) => {
      target = port
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
