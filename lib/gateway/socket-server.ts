import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '#lib/protocol/socket.ts'
import { PACKET_MAX_BYTES, PING_INTERVAL_MS, PING_TIMEOUT_MS } from './limits.ts'

/** Socket.IO with this project's events. */
export type GatewayServer = Server<ClientToServer, ServerToClient>
export type GatewaySocket = Socket<ClientToServer, ServerToClient>

/**
 * Socket.IO on an HTTP server. Messages are small and local, so nothing is compressed (compression would also prevent a
 * broadcast from being framed once); no other origin is served, so there is no CORS.
 */
export function createSocketServer(
  http: HttpServer,
  isAllowed: (request: IncomingMessage) => boolean,
): GatewayServer {
  const io: GatewayServer = new Server(http, {
    allowRequest: (request, decide) => {
      const allowed = isAllowed(request)
      decide(allowed ? null : 'forbidden', allowed)
    },
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: PACKET_MAX_BYTES,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
  })
  // `allowRequest` is asked about handshakes alone; what follows on an open connection is held to the same rule.
  io.engine.use((request: IncomingMessage, _response: ServerResponse, next: (error?: Error) => void) => {
    const isHandshake = !/[?&]sid=/.test(request.url ?? '')
    next(isHandshake || isAllowed(request) ? undefined : new Error('forbidden'))
  })
  return io
}
