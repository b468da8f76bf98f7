import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io as connect, type Socket } from 'socket.io-client'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import type { GatewayServer } from '#lib/gateway/types.ts'
import { AppError, type Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import {
  type ClientToServer,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  PROTOCOL_VERSION,
  type ServerToClient,
} from '#lib/protocol/socket.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import type { ScriptedRoom } from './scripted-room.ts'

type Client = Socket<ServerToClient, ClientToServer>

/** A browser's socket as a test holds it. */
export interface TestSocket {
  socket: Client
  /** Every live event it got, in order, and how they were batched. */
  readonly events: RoomEvent[]
  readonly batches: RoomEvent[][]
  command<C extends CommandName>(name: C, input: CommandInput<C>): Promise<Reply<CommandOutput<C>>>
  /** Joins and returns the snapshot. Throws the failure's code. */
  join(room: string, more?: Partial<CommandInput<'room:join'>>): Promise<RoomSnapshot>
}

export function wrapSocket(socket: Client): TestSocket {
  const batches: RoomEvent[][] = []
  socket.on('events', ({ events }) => void batches.push(events))
  const command: TestSocket['command'] = (name, input) =>
    // Socket.IO's types cannot follow a name chosen at run time.
    (socket as unknown as Socket).timeout(10_000).emitWithAck(name, input)
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
  }
}

export interface ScriptedGateway {
  url: string
  io: GatewayServer
  /** What the server logged as wrong. */
  readonly wrong: object[]
  connect(options?: object): Promise<TestSocket>
  close(): Promise<void>
}

/** The real gateway on a real HTTP server, over scripted rooms. */
export async function startScriptedGateway(scripted: ScriptedRoom[]): Promise<ScriptedGateway> {
  const wrong: object[] = []
  const log = {
    warn: (details: object) => void wrong.push(details),
    error: (details: object) => void wrong.push(details),
  }
  const http = createServer()
  const io = createSocketServer(http, () => true)
  const gateway = createGateway({ io, rooms: roomsOf(scripted), log })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clients: Client[] = []
  return {
    url,
    io,
    wrong,
    connect: async (options = {}) => {
      const client: Client = connect(url, {
        auth: { version: PROTOCOL_VERSION },
        transports: ['websocket'],
        forceNew: true,
        ...options,
      })
      clients.push(client)
      const wrapped = wrapSocket(client)
      await new Promise<void>((resolve, reject) => {
        client.once('connect', resolve)
        client.once('connect_error', reject)
      })
      return wrapped
    },
    close: async () => {
      for (const client of clients) client.disconnect()
      gateway.close()
      await io.close()
    },
  }
}

function roomsOf(scripted: ScriptedRoom[]): Rooms {
  const refuse = () => {
    throw new Error('these rooms are scripted')
  }
  return {
    epoch: 'epoch-1',
    get: (name) => {
      const found = scripted.find(({ room }) => room.name === name)
      if (!found) throw new AppError('room-not-found', `there is no room "${name}"`)
      return found.room
    },
    names: () => scripted.map(({ room }) => room.name),
    create: refuse,
    remove: refuse,
    health: refuse,
    brokers: () => [],
    onEvent: refuse,
    retryBroker: () => undefined,
    close: async () => undefined,
  }
}
