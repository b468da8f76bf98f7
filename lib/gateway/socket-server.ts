import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '#lib/protocol/socket.ts'
import { PACKET_MAX_BYTES, PING_INTERVAL_MS, PING_TIMEOUT_MS, SOCKETS_MAX_PER_ADDRESS } from './limits.ts'

/** Socket.IO with this project's events. */
export type GatewayServer = Server<ClientToServer, ServerToClient>
export type GatewaySocket = Socket<ClientToServer, ServerToClient>

export interface SocketServerOptions {
  isAllowed(request: IncomingMessage): boolean
  maxPerAddress?: number
  /** Who connects; the connection's own address where nothing else is given. */
  addressOf?(request: IncomingMessage): string
}

/**
 * Socket.IO on an HTTP server. Messages are small and local, so nothing is compressed (compression would also prevent a
 * broadcast from being framed once); no other origin is served, so there is no CORS.
 */
export function createSocketServer(
  http: HttpServer,
  { isAllowed, maxPerAddress = SOCKETS_MAX_PER_ADDRESS, addressOf = peerAddressOf }: SocketServerOptions,
): GatewayServer {
  /** Connections by client address; a reconnecting browser's old one counts until it is noticed to be gone. */
  const counts = new Map<string, number>()
  const refusal = (request: IncomingMessage): string | null => {
    if (!isAllowed(request)) return 'forbidden'
    return (counts.get(addressOf(request)) ?? 0) < maxPerAddress ? null : 'too many connections'
  }
  const io: GatewayServer = new Server(http, {
    allowRequest: (request, decide) => {
      const why = refusal(request)
      decide(why, why === null)
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
    const isHandshake = !new URLSearchParams((request.url ?? '').split('?')[1]).has('sid')
    next(isHandshake || isAllowed(request) ? undefined : new Error('forbidden'))
  })
  io.engine.on('connection', (connection: EngineConnection) => {
    const address = addressOf(connection.request)
    counts.set(address, (counts.get(address) ?? 0) + 1)
    connection.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1
      if (left > 0) counts.set(address, left)
      else counts.delete(address)
    })
  })
  return io
}

type EngineConnection = Pick<GatewaySocket['conn'], 'request' | 'once'>

const peerAddressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? 'unknown'
