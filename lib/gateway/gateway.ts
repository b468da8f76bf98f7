import { COMMANDS_BURST, COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { watchBacklog } from './backlog.ts'
import { type Channel, createChannel } from './channel.ts'
import { createDispatch } from './dispatch.ts'
import { BACKLOG_CUT_BYTES } from './limits.ts'
import { createSession } from './session.ts'
import { createTokenBucket } from './token-bucket.ts'
import type { GatewayLog, GatewayServer, GatewaySocket } from './types.ts'

export interface GatewayOptions {
  io: GatewayServer
  rooms: Rooms
  log: GatewayLog
}

/** Socket.IO ↔ rooms. `close` ends every socket's stay and listens no more; the server itself is its owner's. */
export interface Gateway {
  /** Sockets connected now. */
  readonly sockets: number
  /** Idempotent. */
  close(): void
}

export function createGateway({ io, rooms, log }: GatewayOptions): Gateway {
  const channels = new Map<Room, Channel>()
  const channelOf = (room: Room): Channel => {
    const existing = channels.get(room)
    if (existing) return existing
    const channel = createChannel({ io, room, onEnded: () => channels.delete(room) })
    channels.set(room, channel)
    return channel
  }

  const welcome = (socket: GatewaySocket) => {
    const member = { socket, backlog: watchBacklog(socket.conn) }
    const session = createSession(member, rooms, channelOf)
    const bucket = createTokenBucket(COMMANDS_PER_SECOND, COMMANDS_BURST)
    const dispatch = createDispatch({ session, rooms, bucket, log })
    // A page of another version is told so; what it sends is parsed like everything else. A client may send no auth at all.
    if (socket.handshake.auth?.version !== PROTOCOL_VERSION)
      socket.emit('reload', { version: PROTOCOL_VERSION })
    socket.onAny((event: unknown, ...args: unknown[]) => {
      if (member.backlog.bytes() > BACKLOG_CUT_BYTES) {
        log.warn({ socket: socket.id }, 'a socket asks without reading; cut off')
        socket.conn.close(true)
      } else dispatch(event, args)
    })
    socket.on('disconnect', () => session.leave())
  }
  io.on('connection', welcome)

  return {
    get sockets() {
      return io.of('/').sockets.size
    },
    close: () => {
      io.off('connection', welcome)
      io.disconnectSockets(true)
    },
  }
}
