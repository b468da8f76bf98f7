import type { Access } from '#lib/access/access.ts'
import { type CallerOf, callerOfConnection } from '#lib/access/caller.ts'
import { tokenIn } from '#lib/access/credentials.ts'
import { EVERYTHING, type Grant } from '#lib/access/grant.ts'
import type { Actor } from '#lib/commands/actor.ts'
import type { Commands } from '#lib/commands/commands.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { Backlog } from './backlog.ts'
import { Inflow } from './inflow.ts'
import { LateReplies } from './late-replies.ts'
import { SocketPresence } from './presence.ts'
import { RoomBroadcast } from './room-broadcast.ts'
import { observeSendBuffer } from './send-buffer.ts'
import { SocketPackets } from './socket-packets.ts'
import type { GatewayServer, GatewaySocket } from './socket-server.ts'

export interface GatewayOptions {
  io: GatewayServer
  rooms: Rooms
  commands: Commands
  access: Access
  /** Who connects; the connection alone says it where nothing else is given. */
  callerOf?: CallerOf
  log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** Connects sockets with rooms: commands in, events out. */
export interface Gateway {
  /** Sockets connected now. */
  readonly sockets: number
  /** Disconnects every socket and accepts no more. The Socket.IO server itself is closed by its owner. Idempotent. */
  close(): void
}

export function createGateway(options: GatewayOptions): Gateway {
  const { io, rooms, commands, access, log } = options
  const { callerOf = callerOfConnection } = options
  const broadcasts = new Map<Room, RoomBroadcast>()
  const backlog = new Backlog()
  const inflow = new Inflow()
  const broadcastOf = (room: Room): RoomBroadcast => {
    const existing = broadcasts.get(room)
    if (existing) return existing
    const broadcast = new RoomBroadcast({ io, room, backlog, onEnded: () => broadcasts.delete(room) })
    broadcasts.set(room, broadcast)
    return broadcast
  }

  const onConnection = (socket: GatewaySocket) => {
    const buffer = observeSendBuffer(socket.conn)
    const ends = [backlog.join(buffer), inflow.watch(socket.conn)]
    const member = { socket, buffer, replies: new LateReplies() }
    const presence = new SocketPresence(member, rooms, broadcastOf)
    const packets = new SocketPackets({ member, backlog, commands, log })
    const grant = access.sharing ? access.grantOf(tokenOf(socket.handshake)) : EVERYTHING
    ends.push(disconnectWhenOver(socket, grant))
    const actor: Actor = {
      from: { socket: socket.id, clientAddress: callerOf(socket.request).address },
      grant: () => grant,
      bucket: packets.bucket,
      room: () => presence.room(),
      presence,
    }
    // A page of another version is asked to reload, and what it sends is parsed like everything else. A client may send no auth.
    if (socket.handshake.auth?.version !== PROTOCOL_VERSION)
      socket.emit('reload', { version: PROTOCOL_VERSION })
    socket.onAny((event: unknown, ...args: unknown[]) => void packets.take(actor, event, args))
    socket.on('disconnect', () => {
      for (const end of ends) end()
      void presence.lose()
    })
  }
  io.on('connection', onConnection)

  return {
    get sockets() {
      return io.of('/').sockets.size
    },
    close: () => {
      io.off('connection', onConnection)
      io.disconnectSockets(true)
    },
  }
}

/** A program may name its token in the handshake's `auth`; a browser's cookie comes with the request. */
function tokenOf({ auth, headers }: GatewaySocket['handshake']): string | undefined {
  const named: unknown = auth?.token
  return typeof named === 'string' ? named : tokenIn(headers)
}

/** A socket whose grant has ended gets nothing more; its page connects again, and is asked for a code. Returns how to stop. */
function disconnectWhenOver(socket: GatewaySocket, grant: Grant | Promise<Grant>): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  void Promise.resolve(grant).then(({ expiresAt }) => {
    if (expiresAt === null || stopped) return
    timer = setTimeout(() => socket.disconnect(true), expiresAt - Date.now())
  })
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
