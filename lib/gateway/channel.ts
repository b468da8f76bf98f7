import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { Room } from '#lib/rooms/contract.ts'
import type { Backlog } from './backlog.ts'
import { createBatcher } from './batcher.ts'
import { BACKLOG_BEHIND_BYTES } from './limits.ts'
import type { GatewayServer, GatewaySocket } from './types.ts'

/** One socket in a channel. */
export interface Member {
  socket: GatewaySocket
  backlog: Backlog
}

/**
 * One room's live delivery to all sockets in it: each batch is encoded once. Exists while a socket is in the room.
 * A member is either live, or behind: told so after the last event it gets, and silent until it joins again.
 */
export interface Channel {
  readonly room: Room
  /** The snapshot's `seq` is exactly the last event before those this member now gets. Again for one that was behind. */
  join(member: Member): RoomSnapshot
  leave(member: Member): void
  readonly live: number
}

export interface ChannelOptions {
  io: GatewayServer
  room: Room
  /** The last socket has left, or the room is gone. The channel has ended itself. */
  onEnded(): void
}

export function createChannel({ io, room, onEnded }: ChannelOptions): Channel {
  const key = `room:${room.name}`
  const { seq, epoch } = room.snapshot()
  const members = new Set<Member>()
  const live = new Set<Member>()
  /** The last event that live members have been handed. */
  let sent = seq

  const fallBehind = (member: Member) => {
    live.delete(member)
    void member.socket.leave(key)
    // It queues up after all the member was sent, so it arrives when the member has read everything before.
    member.socket.emit('behind', { room: room.name, seq: sent, epoch })
  }

  const batcher = createBatcher((events) => {
    for (const member of live) if (member.backlog.bytes() > BACKLOG_BEHIND_BYTES) fallBehind(member)
    // A broadcast through the adapter encodes the packet once for all sockets.
    if (live.size > 0) io.to(key).emit('events', { room: room.name, events })
    sent = events.at(-1)?.seq ?? sent
  })
  const stops = [room.onEvent(batcher.push), room.onClosed(() => close())]

  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    for (const stop of stops) stop()
    batcher.close()
    onEnded()
  }
  const close = () => {
    batcher.flush()
    for (const { socket } of members) socket.emit('closed', { room: room.name })
    for (const member of [...members]) void member.socket.leave(key)
    members.clear()
    live.clear()
    end()
  }

  return {
    room,
    get live() {
      return live.size
    },
    join: (member) => {
      // What the others have not got yet is older than the snapshot: send it before this member listens.
      batcher.flush()
      members.add(member)
      live.add(member)
      void member.socket.join(key)
      return room.snapshot()
    },
    leave: (member) => {
      live.delete(member)
      void member.socket.leave(key)
      if (members.delete(member) && members.size === 0) end()
    },
  }
}
