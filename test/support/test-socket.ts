import { io, type Socket } from 'socket.io-client'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { type ClientToServer, PROTOCOL_VERSION, type ServerToClient } from '#lib/protocol/socket.ts'

/** A browser's socket as a test holds it. */
export interface TestSocket {
  socket: Socket<ServerToClient, ClientToServer>
  /** Every live event it got, in order, and how they were batched. */
  readonly events: RoomEvent[]
  readonly batches: RoomEvent[][]
  command<C extends CommandName>(name: C, input: CommandInput<C>): Promise<Reply<CommandOutput<C>>>
  /** Joins and returns the snapshot. Throws the failure's code. */
  join(room: string, more?: Partial<CommandInput<'room:join'>>): Promise<RoomSnapshot>
  /** Pages from after `since` until the room's end as it is then. */
  catchUp(since: { epoch: string; seq: number }): Promise<RoomEvent[]>
  /** Emits past the types, as a hostile client would. */
  emit(name: string, ...args: unknown[]): void
}

const COMMAND_TIMEOUT_MS = 10_000

/** Connects; the caller disconnects it. */
export async function openTestSocket(url: string, options: object = {}): Promise<TestSocket> {
  const socket: TestSocket['socket'] = io(url, {
    auth: { version: PROTOCOL_VERSION },
    transports: ['websocket'],
    forceNew: true,
    ...options,
  })
  const batches: RoomEvent[][] = []
  socket.on('events', ({ events }) => void batches.push(events))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', (error) => {
      socket.disconnect()
      reject(error)
    })
  })
  const command: TestSocket['command'] = (name, input) =>
    // Socket.IO's types cannot follow a name chosen at run time.
    (socket as unknown as Socket).timeout(COMMAND_TIMEOUT_MS).emitWithAck(name, input)
  return {
    socket,
    batches,
    get events() {
      return batches.flat()
    },
    command,
    join: async (room, more = {}) => {
      const input = { room, personId: crypto.randomUUID(), name: 'Ada', colour: 1, ...more }
      const reply = await command('room:join', input)
      if (!reply.ok) throw new Error(reply.code)
      return reply.value.snapshot
    },
    catchUp: async (since) => {
      const known: RoomEvent[] = []
      for (let position = since; ; ) {
        const reply = await command('room:events', { since: position })
        if (!reply.ok) throw new Error(reply.code)
        known.push(...reply.value.events)
        position = { epoch: reply.value.epoch, seq: known.at(-1)?.seq ?? position.seq }
        if (position.seq >= reply.value.seq) return known
      }
    },
    emit: (name, ...args) => void Reflect.apply(socket.emit, socket, [name, ...args]),
  }
}
