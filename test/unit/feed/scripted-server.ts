import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import type { CommandInput } from '#lib/protocol/command-table.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { type ClientToServer, PROTOCOL_VERSION, type ServerToClient } from '#lib/protocol/socket.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

type Page = { events: RoomEvent[]; seq: number; epoch: string }
type ServerSocket = Socket<ClientToServer, ServerToClient>

/** A send as the server took it over: what a broker would now have. */
interface Taken {
  id: string
  system: string
  text: string
  /** What rode beside the text. */
  extras: Pick<CommandInput<'message:publish'>, 'key' | 'headers' | 'settings'>
}

/** A server that speaks the protocol of one room and misbehaves on demand: lines cut, answers lost, restarts. */
export interface ScriptedServer {
  readonly url: string
  readonly epoch: string
  readonly seq: number
  /** Everything that was handed to a broker, over all epochs. */
  readonly taken: readonly Taken[]
  /** Numbers events and emits them to whoever is live. */
  say(count: number): void
  setBroker(system: string, status: BrokerStatus['status']): void
  /** Ends every connection without a goodbye. */
  cut(): void
  /** Notifies everybody live that they read too slowly. */
  pushBehind(): void
  /** Does not emit the next events: a reader sees a jump in the numbers. */
  withhold(count: number): void
  /** The next publish is carried out, but the line is cut before its answer. */
  loseNextAnswer(): void
  /** A new epoch with an empty history; the table of what was taken is lost. */
  restart(): void
  /** Another version than the page's. */
  outdate(): void
  close(): Promise<void>
}

const SYSTEMS = ['rabbitmq', 'redis', 'kafka']
/** Small pages, so that catching up takes several. */
const PAGE = 7

export async function startScriptedServer(held = 100_000): Promise<ScriptedServer> {
  const http = createServer()
  const io = new Server<ClientToServer, ServerToClient>(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const live = new Set<ServerSocket>()
  const brokers = new Map<string, BrokerStatus>(
    SYSTEMS.map((system) => [system, { system, status: 'up', since: 0 }]),
  )
  const taken: Taken[] = []
  let epochNumber = 1
  let events: RoomEvent[] = []
  let seq = 0
  let number = 0
  let parts = new Set<string>()
  let numbers = new Map<string, number>()
  let withheld = 0
  let loseAnswer = false
  let version: number = PROTOCOL_VERSION
  const epoch = () => `epoch-${epochNumber}`

  const emit = (make: (base: { epoch: string; seq: number; at: number; room: string }) => RoomEvent) => {
    seq += 1
    const event = make({ epoch: epoch(), seq, at: Date.now(), room: 'lobby' })
    events = [...events, event].slice(-held)
    if (withheld > 0) {
      withheld -= 1
      return
    }
    for (const socket of live) socket.emit('events', { room: 'lobby', events: [event] })
  }
  const say = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      emit((base) => ({ ...base, kind: 'fault', evidence: 'client', code: 'scripted', text: `${base.seq}` }))
    }
  }
  const snapshot = (): RoomSnapshot => ({
    room: 'lobby',
    epoch: epoch(),
    seq,
    firstSeq: events[0]?.seq ?? seq + 1,
    number,
    destinations: [],
    consumers: [],
    people: [],
    brokers: [...brokers.values()],
    loads: [],
  })
  const page = (since: { epoch: string; seq: number }): Page => {
    const first = events[0]?.seq ?? seq + 1
    const known = since.epoch === epoch() && since.seq <= seq
    if (known && since.seq >= first - 1) {
      return { events: events.filter((event) => event.seq > since.seq).slice(0, PAGE), seq, epoch: epoch() }
    }
    const gap: RoomEvent = {
      kind: 'gap',
      epoch: epoch(),
      seq: first - 1,
      at: Date.now(),
      room: 'lobby',
      evidence: 'client',
      from: known ? since.seq + 1 : null,
      to: first - 1,
      reason: known ? 'not-held' : 'epoch',
    }
    return { events: [gap, ...events.slice(0, PAGE - 1)], seq, epoch: epoch() }
  }

  io.on('connection', (socket) => {
    if (socket.handshake.auth.version !== version) socket.emit('reload', { version })
    socket.on('disconnect', () => live.delete(socket))
    socket.on('room:join', (_, reply) => {
      live.add(socket)
      reply({ ok: true, value: { snapshot: snapshot() } })
    })
    socket.on('room:events', ({ since }, reply) => reply({ ok: true, value: page(since) }))
    socket.on('message:publish', (input, reply) => {
      const id = input.id ?? ''
      if (!numbers.has(id)) {
        number += 1
        numbers.set(id, number)
      }
      const outcomes = Object.fromEntries(
        input.to.map(({ system }) => {
          if (brokers.get(system)?.status !== 'up') {
            return [system, { ok: false as const, code: 'broker-down' as const, message: 'down' }]
          }
          if (!parts.has(`${id} ${system}`)) {
            parts.add(`${id} ${system}`)
            const { text, key, headers, settings } = input
            taken.push({ id, system, text, extras: { key, headers, settings } })
          }
          return [system, { ok: true as const }]
        }),
      )
      if (loseAnswer) {
        loseAnswer = false
        socket.conn.close(true)
        return
      }
      reply({ ok: true, value: { id, number: numbers.get(id) ?? 0, seq, epoch: epoch(), outcomes } })
    })
  })
  const cut = () => {
    for (const socket of [...io.of('/').sockets.values()]) socket.conn.close(true)
  }

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    get epoch() {
      return epoch()
    },
    get seq() {
      return seq
    },
    taken,
    say,
    setBroker: (system, status) => {
      const now: BrokerStatus = { system, status, since: Date.now() }
      brokers.set(system, now)
      emit((base) => ({ ...base, kind: 'broker', evidence: 'client', system, now }))
    },
    cut,
    pushBehind: () => {
      for (const socket of live) socket.emit('behind', { room: 'lobby', seq, epoch: epoch() })
      live.clear()
    },
    withhold: (count) => {
      withheld = count
    },
    loseNextAnswer: () => {
      loseAnswer = true
    },
    restart: () => {
      epochNumber += 1
      events = []
      seq = 0
      number = 0
      parts = new Set()
      numbers = new Map()
      live.clear()
      cut()
    },
    outdate: () => {
      version += 1
    },
    close: async () => {
      cut()
      await io.close()
    },
  }
}
