import type { Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { CommandInput, CommandName } from '#lib/protocol/command-table.ts'
import type { Feed, LineState } from './feed.ts'
import { createGate } from './gate.ts'
import { createReader } from './reader.ts'
import { type Answer, askOnce, askThen, openSocket } from './socket.ts'

/** How long a join or a page may take before it is asked for again. */
const JOIN_TIMEOUT_MS = 10_000
/** After a join that failed for the moment, or a stream that did not follow on. */
const JOIN_AGAIN_MS = 1_000
/** After the server itself ended the connection, which Socket.IO takes as final. */
const CONNECT_AGAIN_MS = 500

/** The browser's line to one room: connects, joins, catches up, stays live; and the same again after every loss. */
export interface Line {
  readonly state: LineState
  /** The room is joined: commands act on it. */
  readonly ready: boolean
  /** Whether the room was or became joined within the time. */
  whenReady(timeoutMs: number): Promise<boolean>
  /** Never rejects. Nothing is sent unless the room is joined. */
  ask<C extends CommandName>(name: C, input: CommandInput<C>, timeoutMs: number): Promise<Answer<C>>
  /** Tells the room the name and colour this person has now; a later join tells them anyway. */
  rename(): void
  retryNow(): void
  /** Idempotent: ends the socket, its reconnecting and every timer. */
  close(): void
}

export interface LineOptions {
  url: string | undefined
  room: string
  me(): Feed['me']
  ledger: Ledger
  /** Events that came and are in the ledger now. */
  onEvents(events: readonly RoomEvent[]): void
  /** Its state or the ledger has changed. */
  onChange(): void
  /** The room has been joined, for the first time or again. */
  onReady(): void
}

/**
 * The server is ours and has parsed everything it sends; batches are told apart by their envelope alone and their
 * events trusted, because parsing thousands of them a second again would cost more than showing them.
 */
export function createLine({ url, room, me, ledger, onEvents, onChange, onReady }: LineOptions): Line {
  const socket = openSocket(url)
  const gate = createGate()
  let state: LineState = { state: 'connecting', since: Date.now() }
  let visits = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const set = (next: LineState): void => {
    state = next
    onChange()
  }
  const later = (work: () => void, ms: number): void => {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(work, ms)
  }
  const reader = createReader({
    ledger,
    ask: async (since) => {
      const answer = await askOnce(socket, 'room:events', { since }, JOIN_TIMEOUT_MS)
      return answer.got === 'reply' && answer.reply.ok ? answer.reply.value : null
    },
    onEvents,
    onApplied: onChange,
    onProgress: (missing) => set({ state: 'catching-up', missing }),
    onLive: () => set({ state: 'live' }),
    onCaughtUp: () => join(),
    onLost: () => later(join, JOIN_AGAIN_MS),
  })

  const join = (): void => {
    clearTimeout(timer)
    visits += 1
    const visit = visits
    const { id: personId, name, colour } = me()
    const since = ledger.epoch === null ? {} : { since: { epoch: ledger.epoch, seq: ledger.seq } }
    const input = { room, personId, name, colour, ...since }
    // At once: a `behind` may follow the answer on its heels, and it speaks of the visit that the answer begins.
    askThen(socket, 'room:join', input, JOIN_TIMEOUT_MS, (answer) => {
      if (visit === visits && socket.connected) joined(answer)
    })
  }

  const joined = (answer: Answer<'room:join'>): void => {
    if (answer.got === 'reply' && answer.reply.ok) {
      reader.begin(answer.reply.value.snapshot)
      gate.set(true)
      onReady()
      return
    }
    const failure = answer.got === 'reply' && !answer.reply.ok ? answer.reply : null
    if (failure?.code === 'room-not-found') leave({ state: 'no-room', room })
    else later(join, failure?.retryAfterMs ?? JOIN_AGAIN_MS)
  }

  const leave = (next: LineState): void => {
    visits += 1
    clearTimeout(timer)
    reader.stop()
    gate.set(false)
    set(next)
  }

  const connectAgain = (): void => {
    if (!socket.active) later(() => socket.connect(), CONNECT_AGAIN_MS)
  }
  const offline = (tries: number): void => {
    if (closed || state.state === 'reload') return
    leave({ state: 'offline', since: state.state === 'offline' ? state.since : Date.now(), tries })
  }

  socket.on('connect', () => {
    if (state.state === 'offline') set({ state: 'catching-up', missing: 0 })
    join()
  })
  socket.on('disconnect', () => {
    offline(0)
    connectAgain()
  })
  socket.on('connect_error', () => {
    offline(state.state === 'offline' ? state.tries : 1)
    connectAgain()
  })
  socket.io.on('reconnect_attempt', offline)
  socket.on('events', (batch) => {
    if (batch?.room === room && Array.isArray(batch.events)) reader.take(batch.events)
  })
  socket.on('behind', () => reader.fallBehind())
  socket.on('closed', () => leave({ state: 'no-room', room }))
  socket.on('reload', () => {
    leave({ state: 'reload' })
    socket.disconnect()
  })

  return {
    get state() {
      return state
    },
    get ready() {
      return gate.open
    },
    whenReady: gate.wait,
    ask: (name, input, timeoutMs) =>
      gate.open
        ? askOnce(socket, name, input, timeoutMs)
        : Promise.resolve({ got: 'nothing', because: 'not-connected' }),
    rename: () => {
      const { name, colour } = me()
      if (gate.open && socket.connected) socket.emit('person:update', { name, colour }, () => undefined)
    },
    retryNow: () => {
      if (closed || state.state === 'reload') return
      if (socket.connected) {
        if (!gate.open) join()
        return
      }
      // Taking it down first ends the wait between two tries; nothing else begins a try at once.
      socket.disconnect()
      socket.connect()
    },
    close: () => {
      if (closed) return
      closed = true
      visits += 1
      clearTimeout(timer)
      reader.stop()
      gate.close()
      socket.disconnect()
      socket.off()
      socket.io.off('reconnect_attempt')
    },
  }
}
