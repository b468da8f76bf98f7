import { createServer } from 'node:http'
import { type Access, createAccess } from '#lib/access/access.ts'
import { drivers } from '#lib/brokers/drivers.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'
import { createRequestListener } from '#lib/http/request-listener.ts'
import { createMetrics } from '#lib/metrics/metrics.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { type Runtime, setRuntime } from '#lib/runtime.ts'
import { createDisposer, type Disposer } from '#lib/util/disposer.ts'
import { testLessons } from '#test/support/lessons.ts'
import { listen } from '../../server/listen.ts'
import { createApiRoutes } from './api-routes.ts'
import { type TestBrokers, uniqueName } from './brokers.ts'
import { patientFetch } from './patient-fetch.ts'
import { openTestSocket, type TestSocket } from './test-socket.ts'
import { until } from './until.ts'

/** The dashboard in this process: everything real but the launcher and the pages. */
export interface TestApp {
  url: string
  port: number
  rooms: Rooms
  access: Access
  /** What it logged as wrong. */
  readonly wrong: object[]
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  /** Makes a room of its own whose consumers are all attached; it goes with the app. */
  room(): Promise<string>
  snapshot(room: string): Promise<RoomSnapshot>
  events(room: string, since?: number): Promise<RoomEvent[]>
  connect(options?: object): Promise<TestSocket>
  close(): Promise<void>
}

export interface TestAppOptions {
  /** Those named have a driver; the others stay as the launcher would have left them. */
  brokers: Partial<TestBrokers>
  port?: number
  /** Where it lies on its host. */
  basePath?: string
  /** Codes and tokens are asked for. */
  sharing?: boolean
}

const silent = () => undefined

/** Two apps may stand in one process: the last one opened answers, and the one before it again once that is closed. */
const runtimes: Runtime[] = []

function enterRuntime(runtime: Runtime): () => void {
  runtimes.push(runtime)
  setRuntime(runtime)
  return () => {
    runtimes.splice(runtimes.indexOf(runtime), 1)
    setRuntime(runtimes.at(-1))
  }
}

export async function startApp(options: TestAppOptions): Promise<TestApp> {
  const opened = createDisposer()
  try {
    return await openApp(options, opened)
  } catch (error) {
    await opened.dispose()
    throw error
  }
}

type AppLog = Record<'debug' | 'info' | 'warn' | 'error', (details: object) => void>

/** Opens a driver for each broker that is named, as server.ts does for those that the launcher finds. */
async function openDrivers(brokers: TestAppOptions['brokers'], log: AppLog, opened: Disposer) {
  const slots = new LocalBrokerSlots()
  for (const [system, at] of Object.entries(brokers)) {
    const make = drivers[system]
    if (!make) throw new Error(`no driver for ${system}`)
    const driver = (await make()).createDriver({ ...at, clientName: uniqueName('gateway'), log })
    opened.add(() => driver.close())
    slots.attachDriver(system, driver)
    driver.open()
  }
  return slots
}

async function openApp(options: TestAppOptions, opened: Disposer): Promise<TestApp> {
  const { brokers, port: wanted = 0, basePath = '', sharing = false } = options
  const wrong: object[] = []
  const note = (details: object) => void wrong.push(details)
  const log = { debug: silent, info: silent, warn: note, error: note }

  const slots = await openDrivers(brokers, log, opened)
  const rooms = createRooms({ slots, log })
  opened.add(() => rooms.close())

  let port = wanted
  const guard = createOriginGuard({ host: '127.0.0.1', port: () => port, basePath })
  const http = createServer(
    createRequestListener({ guard, basePath, dev: false, serve: createApiRoutes(basePath), log }),
  )
  port = await listen(http, { host: '127.0.0.1', port: wanted })
  const url = `http://127.0.0.1:${port}${basePath}`
  const io = createSocketServer(http, {
    isAllowed: (request) => guard.fault(request) === undefined,
    basePath,
  })
  const access = createAccess({ rooms, sharing, addresses: () => [url] })
  const commands = createCommands({ rooms, lessons: testLessons, access, log })
  const gateway = createGateway({ io, rooms, commands, access, log })
  const metrics = await createMetrics({ rooms, sockets: () => gateway.sockets, proxied: () => 0 })
  const closing = new AbortController()
  const leaveRuntime = enterRuntime({
    ...{ rooms, commands, access, basePath, actorOf: createHttpActors(rooms, access), log },
    metrics: metrics.text,
    closing: closing.signal,
  })
  opened.add(async () => {
    closing.abort()
    gateway.close()
    metrics.close()
    http.closeAllConnections()
    await io.close()
    leaveRuntime()
  })

  const request: TestApp['request'] = (method, path, body, headers = {}) =>
    patientFetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const snapshot = async (room: string) =>
    (await (await request('GET', `/api/rooms/${room}`)).json()) as RoomSnapshot
  await until('the brokers to be up', async () =>
    (await rooms.brokers()).every(({ system, status }) => !(system in brokers) || status === 'up'),
  )

  return {
    url,
    port,
    rooms,
    access,
    wrong,
    request,
    snapshot,
    events: async (room, since = 0) =>
      parseLines(await (await request('GET', `/api/rooms/${room}/events?since=${since}`)).text()),
    room: async () => {
      const name = uniqueName('gw')
      await request('PUT', `/api/rooms/${name}`)
      opened.add(() => rooms.remove(name))
      await until('its consumers to be attached', async () =>
        (await snapshot(name)).consumers.every(
          ({ system, state }) => !(system in brokers) || state === 'attached',
        ),
      )
      return name
    },
    connect: async (options = {}) => {
      const socket = await openTestSocket(new URL(url).origin, { path: `${basePath}/socket.io`, ...options })
      opened.add(() => void socket.socket.disconnect())
      return socket
    },
    close: () => opened.dispose(),
  }
}

export const parseLines = (text: string): RoomEvent[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RoomEvent)
