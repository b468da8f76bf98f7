import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '#lib/protocol/socket.ts'
import { createBuckets } from '#lib/util/buckets.ts'
import { createTokenBucket, type TokenBucket } from '#lib/util/token-bucket.ts'
import {
  CONNECTIONS_BURST,
  CONNECTIONS_PER_SECOND,
  PACKET_MAX_BYTES,
  PING_INTERVAL_MS,
  PING_TIMEOUT_MS,
  SOCKETS_MAX_PER_ADDRESS,
} from './limits.ts'

/** Socket.IO with this project's events. */
export type GatewayServer = Server<ClientToServer, ServerToClient>
export type GatewaySocket = Socket<ClientToServer, ServerToClient>

const usualArrivals = () => createTokenBucket(CONNECTIONS_PER_SECOND, CONNECTIONS_BURST)

export interface SocketServerOptions {
  isAllowed(request: IncomingMessage): boolean
  /** Where the dashboard lies on its host: a path, empty at the root. */
  basePath?: string
  maxPerAddress?: number
  /** How fast one address may connect. */
  createArrivals?: () => TokenBucket
  /** Who connects; the connection's own address where nothing else is given. */
  addressOf?(request: IncomingMessage): string
}

/**
 * Socket.IO on an HTTP server. Messages are small and local, so nothing is compressed (compression would also prevent a
 * broadcast from being framed once); no other origin is served, so there is no CORS.
 */
export function createSocketServer(http: HttpServer, options: SocketServerOptions): GatewayServer {
  const {
    isAllowed,
    basePath = '',
    maxPerAddress = SOCKETS_MAX_PER_ADDRESS,
    addressOf = peerAddressOf,
  } = options
  const { createArrivals = usualArrivals } = options
  /** Connections by client address; a reconnecting browser's old one counts until it is noticed to be gone. */
  const counts = new Map<string, number>()
  const arrivals = createBuckets(createArrivals)
  const refusal = (request: IncomingMessage): string | null => {
    if (!isAllowed(request)) return 'forbidden'
    const address = addressOf(request)
    const mayConnect = (counts.get(address) ?? 0) < maxPerAddress && arrivals(address).take() === 0
    return mayConnect ? null : 'too many connections'
  }
  const io: GatewayServer = new Server(http, {
    path: `${basePath}/socket.io`,
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
  takeOneMessageATurn(io)
  // Engine.IO makes its WebSocket server anew once the HTTP server listens.
  http.once('listening', () => takeOneMessageATurn(io))
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

/**
 * Lets each WebSocket hand over one message in each turn of the event loop, and read no further meanwhile. Otherwise all that a
 * flood has written is handled in one go, and nothing else runs for as long: measured, half a minute with 50 sockets.
 */
function takeOneMessageATurn({ engine }: GatewayServer): void {
  const sockets: unknown = Reflect.get(engine, 'ws')
  const options: unknown = sockets && Reflect.get(sockets, 'options')
  if (typeof options !== 'object' || options === null)
    throw new Error('Engine.IO has another WebSocket server')
  Reflect.set(options, 'allowSynchronousEvents', false)
}
