import type { Server, Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '#lib/protocol/socket.ts'

/** Socket.IO with this project's events. */
export type GatewayServer = Server<ClientToServer, ServerToClient>
export type GatewaySocket = Socket<ClientToServer, ServerToClient>

/** The little of a logger that the gateway needs. */
export interface GatewayLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
