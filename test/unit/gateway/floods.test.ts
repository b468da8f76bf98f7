import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { io as connect, type Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import type { Actor } from '#lib/commands/actor.ts'
import type { Commands } from '#lib/commands/commands.ts'
import { Backlog } from '#lib/gateway/backlog.ts'
import { Inflow } from '#lib/gateway/inflow.ts'
import { EXCESS_BURST, INFLOW_BURST } from '#lib/gateway/limits.ts'
import { SocketPackets } from '#lib/gateway/socket-packets.ts'
import { createSocketServer, type SocketServerOptions } from '#lib/gateway/socket-server.ts'
import { COMMANDS_BURST } from '#lib/protocol/limits.ts'
import { createTokenBucket } from '#lib/util/token-bucket.ts'
import { until } from '#test/support/until.ts'
import { startScriptedGateway } from './scripted-gateway.ts'
import { scriptRoom } from './scripted-room.ts'

async function openServer(options: Partial<SocketServerOptions>): Promise<() => Socket> {
  const small = createServer()
  const io = createSocketServer(small, { isAllowed: () => true, ...options })
  await new Promise<void>((resolve) => small.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => void (await io.close()))
  const url = `http://127.0.0.1:${(small.address() as AddressInfo).port}`
  return () => connect(url, { transports: ['websocket'], forceNew: true, reconnection: false })
}
const isRefused = (client: Socket) =>
  new Promise((resolve) => {
    client.once('connect', () => resolve(false))
    client.once('connect_error', () => resolve(true))
  })

test('a client address has so many sockets at once and no more, and one more once another is gone', async () => {
  const open = await openServer({ maxPerAddress: 2 })
  const first = open()
  const second = open()
  expect(await Promise.all([isRefused(first), isRefused(second)])).toEqual([false, false])
  expect(await isRefused(open())).toBe(true)
  first.disconnect()
  await until('a place', async () => {
    const next = open()
    const refused = await isRefused(next)
    return !refused
  })
  second.disconnect()
})

test('a client address may connect as often as a hall of phones needs, and no faster', async () => {
  const open = await openServer({ createArrivals: () => createTokenBucket(1, 3) })
  for (let n = 0; n < 3; n += 1) {
    const client = open()
    expect(await isRefused(client)).toBe(false)
    client.disconnect()
  }
  expect(await isRefused(open())).toBe(true)
  await until('the next', async () => {
    const client = open()
    const refused = await isRefused(client)
    client.disconnect()
    return !refused
  })
})

test('however much a flood has written at once, another socket is answered between two of its packets', async () => {
  const gateway = await startScriptedGateway([scriptRoom('lobby')])
  onTestFinished(() => gateway.close())
  const flood = await gateway.connect()
  const calm = await gateway.connect()
  let answered = 0
  const count = () => {
    answered += 1
  }
  const PACKETS = 1_500
  for (let n = 0; n < PACKETS; n += 1) flood.emit('no:such', count)
  await calm.join('lobby')
  expect(answered).toBeLessThan(PACKETS / 10)
  await until('all answers', () => answered === PACKETS)
})

test('a socket waits for replies to no more commands than a burst of them', async () => {
  const asked: number[] = []
  const packets: SocketPackets = new SocketPackets({
    member: { buffer: { bytes: () => 0 } } as never,
    backlog: new Backlog(),
    commands: {
      run: ({ bucket }: Actor) => {
        asked.push(bucket.take())
        return new Promise(() => undefined)
      },
    } as unknown as Commands,
    log: { warn: () => undefined, error: () => undefined },
  })
  const actor = { bucket: packets.bucket } as Actor
  // The rate alone would let more through in a while.
  for (let n = 0; n <= COMMANDS_BURST; n += 1) void packets.take(actor, 'consumer:update', [])
  const before = performance.now()
  await until('the rate to allow more', () => performance.now() - before > 50)
  void packets.take(actor, 'consumer:update', [])
  expect(asked.slice(0, COMMANDS_BURST).every((wait) => wait === 0)).toBe(true)
  expect(asked.at(-1)).toBeGreaterThanOrEqual(1_000)
})

class Connection extends EventEmitter {
  paused = false
  closed = false
  readonly transport: object
  constructor(kind: 'websocket' | 'polling') {
    super()
    const set = (paused: boolean) => () => {
      this.paused = paused
    }
    this.transport = kind === 'websocket' ? { socket: { pause: set(true), resume: set(false) } } : {}
  }
  close(): void {
    this.closed = true
  }
  send(packets: number, bytes = 10): void {
    for (let n = 0; n < packets; n += 1) this.emit('data', 'x'.repeat(bytes))
  }
}

test('a socket that sends far more than usual is not read for a while; one that sends as usual always is', async () => {
  const inflow = new Inflow()
  const open = (kind: 'websocket' | 'polling') => {
    const connection = new Connection(kind)
    onTestFinished(inflow.watch(connection))
    return connection
  }
  const [flood, calm, polling] = [open('websocket'), open('websocket'), open('polling')]
  flood.send(INFLOW_BURST)
  expect(flood.paused).toBe(false)
  flood.send(EXCESS_BURST + 200)
  expect(flood.paused).toBe(true)
  calm.send(INFLOW_BURST - 100)
  expect(calm.paused).toBe(false)
  polling.send(INFLOW_BURST - 100)
  expect(polling.closed).toBe(false)
  polling.send(1_000)
  expect(polling.closed).toBe(true)
  await until('the flood to be read again', () => !flood.paused)
})

test('a large packet counts as several', () => {
  const inflow = new Inflow()
  const large = new Connection('websocket')
  onTestFinished(inflow.watch(large))
  large.send(70, 200_000)
  expect(large.paused).toBe(true)
})
