import { type ClientRequest, get } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import { HEADER_VALUE_MAX_CHARS, HEADERS_MAX, LOAD_COUNT_MAX, TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'
import type { TestBrokers } from '../test/support/brokers.ts'
import { type Dashboard, startDashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { type Floods, measureFloods } from './floods.ts'
import { startHelper } from './support/child.ts'
import { metric } from './support/metrics.ts'

export interface Hostile {
  seconds: number
  rounds: number
  /** The server's resident memory, bytes: before, at its highest, and some time after the last hostile client left. */
  before: number
  peak: number
  after: number
  /** How long a calm caller waited for its answer meanwhile, milliseconds, at most. */
  slowestMs: number
  /** Before any of that, floods and a crowd. */
  floods: Floods
}

/** Long enough to see what grows; an hour is `--seconds 3600`. */
const DEFAULT_SECONDS = 60
const STREAMS = 60
const SOCKETS = 30
const ROOMS = 12
const HEADS = 200
const MALFORMED = 300
/** Per round and room: more text than a history holds. */
const LOAD = { rate: 0, count: 3_000, size: TEXT_MAX_BYTES }
const LOAD_TIMEOUT_MS = 120_000
const SETTLE_MS = 5_000
const READ_EVERY_MS = 500
const MS_PER_SECOND = 1_000

/** What a server of its own takes while, and after, clients do what they can: they never read, flood, fill rooms and send nonsense. */
export async function measureHostile(
  brokers: TestBrokers,
  seconds: number = DEFAULT_SECONDS,
): Promise<Hostile> {
  const dashboard = await startDashboard(brokers, { LOG_LEVEL: 'error' })
  try {
    await dashboard.attached()
    return await measure(dashboard, seconds)
  } finally {
    await dashboard.close()
  }
}

const residentOf = (dashboard: Dashboard) => metric(dashboard, 'process_resident_memory_bytes')

async function measure(dashboard: Dashboard, seconds: number): Promise<Hostile> {
  const floods = await measureFloods(dashboard)
  const before = await residentOf(dashboard)
  let peak = before
  const watching = setInterval(async () => {
    peak = Math.max(peak, await residentOf(dashboard).catch(() => 0))
  }, READ_EVERY_MS)
  const calm = startHelper('calm-caller')
  calm.send({ type: 'ask', url: dashboard.url })
  let rounds = 0
  try {
    const end = performance.now() + seconds * MS_PER_SECOND
    while (performance.now() < end) {
      await oneRound(dashboard)
      rounds += 1
    }
  } finally {
    clearInterval(watching)
  }
  const { slowestMs } = await calm.ask<{ slowestMs: number }>({ type: 'count' }, 'count')
  calm.stop()
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return { seconds, rounds, before, peak, after: await residentOf(dashboard), slowestMs, floods }
}

async function oneRound(dashboard: Dashboard): Promise<void> {
  const rooms = Array.from({ length: ROOMS }, (_, index) => `hostile-${index}`)
  for (const room of rooms) await dashboard.request('PUT', `/api/rooms/${room}`)
  const streams = rooms.flatMap((room) => stalledStreams(dashboard.url, room, STREAMS / ROOMS))
  const sockets = Array.from({ length: SOCKETS }, (_, index) =>
    deafSocket(dashboard.url, rooms[index % ROOMS] ?? 'lobby', index),
  )
  try {
    await Promise.all([
      sendNonsense(dashboard),
      askHeads(dashboard, rooms),
      ...rooms.map((room) => fill(dashboard, room)),
    ])
  } finally {
    for (const stream of streams) stream.destroy()
    for (const socket of sockets) socket.disconnect()
    for (const room of rooms) await dashboard.request('DELETE', `/api/rooms/${room}`)
  }
}

/** Both kinds of event streams, from the beginning, of which nothing is read. */
function stalledStreams(url: string, room: string, count: number): ClientRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const accept = index % 2 === 0 ? 'text/event-stream' : 'application/x-ndjson'
    const request = get(`${url}/api/rooms/${room}/events?since=0`, { headers: { accept }, agent: false })
    request.on('response', (response) => response.socket.pause())
    request.on('error', () => undefined)
    return request
  })
}

/** Joins, and reads no more. */
function deafSocket(url: string, room: string, index: number): Socket {
  const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { version: PROTOCOL_VERSION } })
  const person = { room, personId: `deaf-${index}`, name: `Deaf ${index}`, colour: index % 8 }
  socket.on('connect', () => {
    socket.emit('room:join', person, () => {
      const transport: unknown = Reflect.get(socket.io.engine, 'transport')
      const ws = Reflect.get(transport as object, 'ws') as { _socket?: { pause(): void } } | undefined
      ws?._socket?.pause()
    })
  })
  return socket
}

/** Fills a room's history with the largest messages there are. */
async function fill(dashboard: Dashboard, room: string): Promise<void> {
  const headers = Object.fromEntries(
    Array.from({ length: HEADERS_MAX }, (_, index) => [`h-${index}`, 'x'.repeat(HEADER_VALUE_MAX_CHARS)]),
  )
  const message = { system: 'rabbitmq', text: 'x'.repeat(TEXT_MAX_BYTES), headers }
  await Promise.all(
    Array.from({ length: 20 }, () => dashboard.request('POST', `/api/rooms/${room}/messages`, message)),
  )
  await dashboard.request('POST', `/api/rooms/${room}/load`, { system: 'redis', ...LOAD })
  await until(
    'the load to be over',
    async () => (await dashboard.snapshot(room)).loads?.every((load) => load.state !== 'running'),
    { timeoutMs: LOAD_TIMEOUT_MS, everyMs: 500 },
  )
}

async function askHeads(dashboard: Dashboard, rooms: string[]): Promise<void> {
  for (let asked = 0; asked < HEADS; asked += 1) {
    const path = `/api/rooms/${rooms[asked % ROOMS]}/events`
    await dashboard.request('HEAD', path, undefined, { accept: 'text/event-stream' })
  }
}

const NONSENSE: ReadonlyArray<readonly [method: string, path: string, body: unknown]> = [
  ['POST', '/load', { system: 'redis', rate: 1e-9, count: 1, size: 1 }],
  ['POST', '/load', { system: 'redis', rate: 1, count: LOAD_COUNT_MAX * 1_000, size: 1 }],
  ['POST', '/messages', { system: 'redis', text: 'x'.repeat(900_000) }],
  ['POST', '/messages', { system: 'redis', text: 'x'.repeat(4_000_000) }],
  ['POST', '/messages', { system: 'redis', text: '\u0000'.repeat(TEXT_MAX_BYTES), headers: null }],
  ['POST', '/consumers', { system: 'kafka', name: '\u202e', settings: { a: 1e308 } }],
  [
    'PATCH',
    '/destinations/chatroom',
    { settings: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [n, n])) },
  ],
  ['POST', '/consumers/reader-1/seek', { seek: { to: 'offset', offset: '99999999999999999999' } }],
]

async function sendNonsense(dashboard: Dashboard): Promise<void> {
  for (let sent = 0; sent < MALFORMED; sent += 1) {
    const [method, path, body] = NONSENSE[sent % NONSENSE.length] ?? ['GET', '', undefined]
    await dashboard.request(method, `/api/rooms/lobby${path}`, body).catch(() => undefined)
  }
}
