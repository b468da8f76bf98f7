import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { Room } from '#lib/rooms/contract.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type { Backlog } from './backlog.ts'
import { Batcher } from './batcher.ts'
import type { LateReplies } from './late-replies.ts'
import { SEND_BUFFER_BEHIND_BYTES } from './limits.ts'
import type { SendBuffer } from './send-buffer.ts'
import type { GatewayServer, GatewaySocket } from './socket-server.ts'

/** One socket that is in the room. */
export interface Member {
  socket: GatewaySocket
  buffer: SendBuffer
  replies: LateReplies
}

export interface RoomBroadcastOptions {
  io: GatewayServer
  room: Room
  backlog: Backlog
  /** The last socket has left, or the room is gone. */
  onEnded(): void
}

/**
 * One room's live delivery to all sockets in it; each batch is encoded once. It exists while a socket is in the room. A
 * member is either live, or behind: it is notified after the last event it gets, and gets none until it joins again.
 */
export class RoomBroadcast {
  readonly room: Room
  private readonly options: RoomBroadcastOptions
  private readonly key: string
  private readonly batcher: Batcher
  private readonly subscriptions: Unsubscribe[]
  private readonly members = new Set<Member>()
  private readonly live = new Set<Member>()
  /** Members whose snapshot is being made, with the events numbered since they asked for it. */
  private readonly joining = new Map<Member, RoomEvent[]>()
  /** The last event that live members were sent, with the epoch it belongs to. */
  private sent: { epoch: string; seq: number } | undefined
  private ended = false

  constructor(options: RoomBroadcastOptions) {
    const { room } = options
    this.options = options
    this.room = room
    this.key = `room:${room.name}`
    this.batcher = new Batcher((events) => this.send(events))
    this.subscriptions = [room.onEvent((event) => this.onEvent(event)), room.onClosed(() => this.close())]
  }

  /**
   * The member gets every event after the snapshot's `seq`, beginning with those that were numbered while the snapshot was
   * on its way. Called again for one that was behind. Throws what `Room.snapshot` throws.
   */
  async join(member: Member): Promise<RoomSnapshot> {
    const missed: RoomEvent[] = []
    this.batcher.flush()
    this.live.delete(member)
    void member.socket.leave(this.key)
    this.members.add(member)
    this.joining.set(member, missed)
    try {
      const snapshot = await this.room.snapshot()
      if (this.joining.get(member) === missed) this.goLive(member, snapshot, missed)
      return snapshot
    } finally {
      if (this.joining.get(member) === missed) this.joining.delete(member)
    }
  }

  leave(member: Member): void {
    this.live.delete(member)
    this.joining.delete(member)
    void member.socket.leave(this.key)
    if (this.members.delete(member) && this.members.size === 0) this.end()
  }

  private goLive(member: Member, { seq, epoch }: RoomSnapshot, missed: RoomEvent[]): void {
    // What the others have not been sent yet is in the snapshot or in `missed`: send it before this member listens.
    this.batcher.flush()
    this.sent ??= { epoch, seq }
    const events = missed.filter((event) => event.seq > seq)
    if (events.length > 0) member.socket.emit('events', { room: this.room.name, events })
    this.live.add(member)
    void member.socket.join(this.key)
  }

  private onEvent(event: RoomEvent): void {
    for (const missed of this.joining.values()) missed.push(event)
    this.batcher.push(event)
  }

  private send(events: RoomEvent[]): void {
    const limit = this.options.backlog.limit(SEND_BUFFER_BEHIND_BYTES)
    for (const member of this.live) if (member.buffer.bytes() > limit) this.fallBehind(member)
    // A broadcast through the adapter encodes the packet once for all sockets.
    if (this.live.size > 0) this.options.io.to(this.key).emit('events', { room: this.room.name, events })
    for (const { replies } of this.live) replies.flush()
    const last = events.at(-1)
    if (last !== undefined) this.sent = { epoch: last.epoch, seq: last.seq }
  }

  private fallBehind(member: Member): void {
    this.live.delete(member)
    void member.socket.leave(this.key)
    // It is queued after everything the member was sent, so it arrives when the member has read all that came before.
    const { epoch, seq } = this.sent ?? { epoch: '', seq: 0 }
    member.socket.emit('behind', { room: this.room.name, seq, epoch })
  }

  private close(): void {
    this.batcher.flush()
    for (const { socket } of this.members) {
      socket.emit('closed', { room: this.room.name })
      void socket.leave(this.key)
    }
    this.members.clear()
    this.live.clear()
    this.joining.clear()
    this.end()
  }

  private end(): void {
    if (this.ended) return
    this.ended = true
    for (const unsubscribe of this.subscriptions) unsubscribe()
    this.batcher.close()
    this.options.onEnded()
  }
}
