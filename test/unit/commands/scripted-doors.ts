import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { type Access, createAccess } from '#lib/access/access.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'
import { createRequestListener } from '#lib/http/request-listener.ts'
import { setRuntime } from '#lib/runtime.ts'
import type { TokenBucket } from '#lib/util/token-bucket.ts'
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
  connect(options?: object): Promise<TestSocket>
  readonly access: Access
  readonly url: string
}

export interface ScriptedDoorsOptions {
  /** The limit over HTTP. */
  createBucket?: () => TokenBucket
  /** Codes and tokens are asked for. */
  sharing?: boolean
  /** Signs tokens. */
  secret?: Uint8Array
}

/** Both doors, sockets and HTTP, to rooms over scripted drivers; closed with the test. */
export async function openScriptedDoors(options: ScriptedDoorsOptions = {}): Promise<ScriptedDoors> {
  const { createBucket, sharing = false, secret } = options
  const scripted = await scriptRooms()
  const { rooms } = scripted
  const log = { warn: () => undefined, error: () => undefined }
  const access = createAccess({
    ...{ rooms, sharing, addresses: () => ['http://desk.local:3000'] },
    ...(secret === undefined ? {} : { secret }),
  })
  const commands = createCommands({ rooms, lessons: testLessons, access, log })
  const guard = createOriginGuard({ host: '127.0.0.1', port: () => port })
  const http = createServer(createRequestListener({ guard, dev: false, serve: serveApi, log }))
  const port = await listen(http, { host: '127.0.0.1', port: 0 })
  const io = createSocketServer(http, { isAllowed: () => true })
  const gateway = createGateway({ io, rooms, commands, access, log })
  const limits = createBucket && { connection: createBucket, address: createBucket }
  const closing = new AbortController()
  // As in server.ts: every live stream listens to it.
  setMaxListeners(0, closing.signal)
  setRuntime({
    ...{
      rooms,
      commands,
      access,
      basePath: '',
      actorOf: createHttpActors(rooms, access, limits),
      log,
      closing: closing.signal,
    },
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
    access,
    url,
    request: (method, path, body, headers = {}, signal) =>
      fetch(`${url}${path}`, {
        method,
        headers,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    connect: async (socketOptions) => {
      const socket = await openTestSocket(url, socketOptions)
      onTestFinished(() => void socket.socket.disconnect())
      return socket
    },
  }
}
