import { setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import type { Access } from '#lib/access/access.ts'
import type { CallerOf } from '#lib/access/caller.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { proxiedConnections } from '#lib/faults/consumer-proxy.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import type { OriginGuard } from '#lib/http/origin-guard.ts'
import type { LessonLibrary } from '#lib/lessons/library.ts'
import type { Log } from '#lib/log/log.ts'
import { createMetrics } from '#lib/metrics/metrics.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { setRuntime } from '#lib/runtime.ts'

export interface DoorsOptions {
  http: Server
  guard: OriginGuard
  callerOf: CallerOf
  rooms: Rooms
  lessons: LessonLibrary
  access: Access
  basePath: string
  log: Log
}

/** The ways in: sockets, and what route handlers need. */
export interface Doors {
  /** Ends live streams over HTTP. */
  endStreams(): void
  /** Ends all sockets, and cuts requests that do not end by themselves. */
  close(): Promise<void>
}

/** Requests under way may end by themselves for so long. */
const CUT_REQUESTS_AFTER_MS = 500

export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { http, guard, callerOf, rooms, lessons, access, basePath, log } = options
  const io = createSocketServer(http, {
    isAllowed: (request) => guard.fault(request) === undefined,
    basePath,
    addressOf: (request) => callerOf(request).address,
  })
  const commands = createCommands({ rooms, lessons, access, log })
  const gateway = createGateway({ io, rooms, commands, access, callerOf, log })
  const metrics = await createMetrics({ rooms, sockets: () => gateway.sockets, proxied: proxiedConnections })
  const closing = new AbortController()
  // Every event stream listens; how many there may be is limited elsewhere.
  setMaxListeners(0, closing.signal)
  const actorOf = createHttpActors(rooms, access)
  setRuntime({
    ...{ rooms, commands, access, basePath, actorOf, log },
    metrics: metrics.text,
    closing: closing.signal,
  })
  return {
    endStreams: () => closing.abort(),
    close: async () => {
      gateway.close()
      metrics.close()
      setTimeout(() => http.closeAllConnections(), CUT_REQUESTS_AFTER_MS)
      await io.close()
    },
  }
}
