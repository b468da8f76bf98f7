import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAccess } from '#lib/access/access.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer, type GatewayServer } from '#lib/gateway/socket-server.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { testLessons } from '#test/support/lessons.ts'
import { openTestSocket, type TestSocket } from '#test/support/test-socket.ts'
import type { ScriptedRoom } from './scripted-room.ts'

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
  const io = createSocketServer(http, { isAllowed: () => true })
  const rooms = roomsOf(scripted)
  const access = createAccess({ rooms, sharing: false })
  const commands = createCommands({ rooms, lessons: testLessons, access, log })
  const gateway = createGateway({ io, rooms, access, commands, log })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clients: TestSocket[] = []
  return {
    url,
    io,
    wrong,
    connect: async (options = {}) => {
      const client = await openTestSocket(url, options)
      clients.push(client)
      return client
    },
    close: async () => {
      for (const { socket } of clients) socket.disconnect()
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
    get: async (name) => {
      const found = scripted.find(({ room }) => room.name === name)
      if (!found) throw new AppError('room-not-found', `there is no room "${name}"`)
      return found.room
    },
    names: async () => scripted.map(({ room }) => room.name),
    withCode: async (code) => scripted.find(({ room }) => room.access.code === code)?.room,
    list: refuse,
    create: refuse,
    remove: refuse,
    health: refuse,
    brokers: async () => [],
    onEvent: refuse,
    retryBroker: async () => undefined,
    destinationsOn: refuse,
    faultBroker: refuse,
    close: async () => undefined,
  }
}
