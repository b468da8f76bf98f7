import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Server } from 'socket.io'
import type { CommandName } from '#lib/protocol/command-table.ts'
import type { RoomScript } from './scripted-rooms.ts'

/** The built pages of one checkout, and behind their sockets rooms that follow a script: no broker, no chance. */
export interface ScriptedServer {
  readonly url: string
  close(): Promise<void>
}

type Acknowledge = (reply: object) => void
type Handler = (input: Record<string, unknown>, reply: Acknowledge) => void

/** What a socket may ask of a room; every other command is left without an answer, so that nothing moves. */
function handlersFor(rooms: ReadonlyMap<string, RoomScript>): Partial<Record<CommandName, Handler>> {
  let joined: RoomScript | undefined
  return {
    'room:join': ({ room }, reply) => {
      joined = rooms.get(String(room))
      if (joined === undefined) reply({ ok: false, code: 'room-not-found', message: 'no such room' })
      else if (joined !== 'silent') reply({ ok: true, value: { snapshot: joined.snapshot } })
    },
    'room:events': ({ since }, reply) => {
      if (joined === undefined || joined === 'silent') return
      const { seq, epoch } = joined.snapshot
      const from = (since as { seq: number }).seq
      reply({ ok: true, value: { events: joined.events.filter((event) => event.seq > from), seq, epoch } })
    },
  }
}

/**
 * Serves what `next build` made in `root`, which may be another checkout of this project. Rejects where there is no
 * build. `close` ends every connection.
 */
export async function serveScripted(
  root: string,
  rooms: ReadonlyMap<string, RoomScript>,
): Promise<ScriptedServer> {
  const http = createServer()
  // The Next of that checkout: a build belongs to the version that made it.
  const next = createRequire(join(root, 'package.json'))('next') as typeof import('next').default
  // Vite gives each test a variable of this name, with its own base path.
  process.env.BASE_URL = ''
  const pages = next({ dev: false, dir: root, httpServer: http, hostname: '127.0.0.1', port: 0 })
  await pages.prepare()
  const serve = pages.getRequestHandler()
  http.on('request', (request, response) => {
    if (!request.url?.startsWith('/socket.io/')) void serve(request, response)
  })
  const io = new Server(http)
  io.on('connection', (socket) => {
    for (const [name, handle] of Object.entries(handlersFor(rooms))) socket.on(name, handle)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      http.closeAllConnections()
      await io.close()
      await pages.close()
    },
  }
}
