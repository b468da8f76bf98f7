import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { createCommands } from '#lib/commands/commands.ts'
import type { TokenBucket } from '#lib/commands/token-bucket.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'
import { createRequestListener } from '#lib/http/request-listener.ts'
import { setRuntime } from '#lib/runtime.ts'
import { serveApi } from '#test/support/api-routes.ts'
import { testLessons } from '#test/support/lessons.ts'
import { openTestSocket, type TestSocket } from '#test/support/test-socket.ts'
import { listen } from '../../../server/listen.ts'
import { type ScriptedRooms, scriptRooms } from '../rooms/scripted-rooms.ts'

export interface ScriptedDoors extends ScriptedRooms {
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response>
  connect(): Promise<TestSocket>
}

/** Both doors, sockets and HTTP, to rooms over scripted drivers; closed with the test. `createBucket`: the limit over HTTP. */
export async function openScriptedDoors(createBucket?: () => TokenBucket): Promise<ScriptedDoors> {
  const scripted = await scriptRooms()
  const { rooms } = scripted
  const log = { warn: () => undefined, error: () => undefined }
  const commands = createCommands({ rooms, lessons: testLessons, log })
  const guard = createOriginGuard({ host: '127.0.0.1', port: () => port })
  const http = createServer(createRequestListener({ guard, dev: false, serve: serveApi, log }))
  const port = await listen(http, { host: '127.0.0.1', port: 0 })
  const io = createSocketServer(http, () => true)
  const gateway = createGateway({ io, rooms, commands, log })
  const limits = createBucket && { connection: createBucket, address: createBucket }
  const closing = new AbortController()
  // As in server.ts: every live stream listens to it.
  setMaxListeners(0, closing.signal)
  setRuntime({
    ...{ rooms, commands, actorOf: createHttpActors(rooms, limits), log, closing: closing.signal },
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  })
  onTestFinished(async () => {
    closing.abort()
    gateway.close()
    http.closeAllConnections()
    await io.close()
    setRuntime(undefined)
  })
  const url = `http://127.0.0.1:${port}`
  return {
    ...scripted,
    request: (method, path, body, headers = {}, signal) =>
      fetch(`${url}${path}`, {
        method,
        headers,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    connect: async () => {
      const socket = await openTestSocket(url)
      onTestFinished(() => void socket.socket.disconnect())
      return socket
    },
  }
}
