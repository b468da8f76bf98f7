import type { Ledger } from '#lib/ledger/ledger.ts'
import type { CommandInput, CommandName } from '#lib/protocol/command-table.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { You } from '#lib/protocol/you.ts'
import { EventIntake } from './event-intake.ts'
import type { ConnectionState, Feed, NoEntry } from './feed.ts'
import type { ServerClock } from './server-clock.ts'
import { type Answer, askOnce, askThen, type FeedSocket, openSocket } from './socket.ts'

/** How long a join or a page may take before it is asked for again. */
const JOIN_TIMEOUT_MS = 10_000
/** The pause after a join that failed for the moment, or after events that did not follow on. */
const JOIN_AGAIN_MS = 1_000
/** The pause after the server itself ended the connection, which Socket.IO takes as final. */
const CONNECT_AGAIN_MS = 500

export interface RoomConnectionOptions {
  url: string | undefined
  room: string
  me(): Feed['me']
  ledger: Ledger
  /** Learns the server's time from what the server sends. */
  clock: ServerClock
  /** Events that came and are in the ledger now. */
  onEvents(events: readonly RoomEvent[]): void
  /** Its state or the ledger has changed. */
  onChange(): void
  /** The room has been joined, for the first time or again. */
  onReady(): void
  /** Who the server takes this person for, and what they may do; null where everybody may do everything. */
  onYou(you: You | null): void
}

/**
 * The browser's connection to one room: connects, joins, catches up, stays live; and the same again after every loss.
 *
 * The server is ours and has parsed everything it sends: only a batch's envelope is checked, because parsing thousands
 * of events a second again would cost more than showing them.
 */
export class RoomConnection {
  readonly #options: RoomConnectionOptions
  readonly #socket: FeedSocket
  readonly #intake: EventIntake
  readonly #waiting = new Set<(ready: boolean) => void>()
  #state: ConnectionState
  #ready = false
  /** Counts joins and losses: an answer to an earlier join is ignored. */
  #visit = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: RoomConnectionOptions) {
    this.#options = options
    this.#state = { state: 'connecting', since: options.clock.now() }
    this.#socket = openSocket(options.url)
    this.#intake = this.#createIntake()
    this.#listen()
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The room is joined: commands act on it. */
  get ready(): boolean {
    return this.#ready
  }

  /** Resolves with whether the room was or became joined within the time. */
  whenReady(timeoutMs: number): Promise<boolean> {
    if (this.#ready) return Promise.resolve(true)
    return new Promise((resolve) => {
      const answer = (ready: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(answer)
        resolve(ready)
      }
      const timer = setTimeout(() => answer(false), timeoutMs)
      this.#waiting.add(answer)
    })
  }

  /** Never rejects. Nothing is sent unless the room is joined. */
  ask<C extends CommandName>(name: C, input: CommandInput<C>, timeoutMs: number): Promise<Answer<C>> {
    if (this.#ready) return askOnce(this.#socket, name, input, timeoutMs)
    return Promise.resolve({ got: 'nothing', because: 'not-connected' })
  }

  /** Sends the room the name and colour this person has now; a later join sends them anyway. */
  rename(): void {
    const { name, colour } = this.#options.me()
    if (!this.#ready || !this.#socket.connected) return
    this.#socket.emit('person:update', { name, colour }, () => undefined)
  }

  retryNow(): void {
    if (this.#closed || this.#state.state === 'reload') return
    if (this.#socket.connected) {
      if (!this.#ready) this.#join()
      return
    }
    // Disconnecting first ends the pause between two tries; nothing else begins a try at once.
    this.#socket.disconnect()
    this.#socket.connect()
  }

  /** Idempotent: ends the socket, its reconnecting and every timer. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#visit += 1
    clearTimeout(this.#timer)
    this.#intake.stop()
    this.#setReady(false)
    for (const answer of [...this.#waiting]) answer(false)
    this.#socket.disconnect()
    this.#socket.off()
    this.#socket.io.off('reconnect_attempt')
  }

  #createIntake(): EventIntake {
    const { ledger, onEvents, onChange } = this.#options
    return new EventIntake({
      ledger,
      fetchPage: async (since) => {
        const answer = await askOnce(this.#socket, 'room:events', { since }, JOIN_TIMEOUT_MS)
        return answer.got === 'reply' && answer.reply.ok ? answer.reply.value : null
      },
      onEvents,
      onApplied: onChange,
      onProgress: (missing) => this.#set({ state: 'catching-up', missing }),
      onLive: () => this.#set({ state: 'live' }),
      onCaughtUp: () => this.#join(),
      onLost: () => this.#later(() => this.#join(), JOIN_AGAIN_MS),
    })
  }

  #listen(): void {
    const socket = this.#socket
    const { room, clock } = this.#options
    socket.on('connect', () => {
      if (this.#state.state === 'offline') this.#set({ state: 'catching-up', missing: 0 })
      this.#join()
    })
    socket.on('disconnect', () => {
      this.#offline(0)
      this.#connectAgain()
    })
    socket.on('connect_error', () => {
      this.#offline(this.#state.state === 'offline' ? this.#state.tries : 1)
      this.#connectAgain()
    })
    socket.io.on('reconnect_attempt', (tries) => this.#offline(tries))
    socket.on('events', (batch) => {
      if (batch?.room !== room || !Array.isArray(batch.events)) return
      const newest = batch.events.at(-1)
      if (newest) clock.noteServerTime(newest.at)
      this.#intake.take(batch.events)
    })
    socket.on('behind', () => this.#intake.fallBehind())
    socket.on('closed', () => this.#leave({ state: 'no-room', room }))
    socket.on('removed', () => this.#leave({ state: 'no-entry', why: 'removed' }))
    socket.on('reload', () => {
      this.#leave({ state: 'reload' })
      socket.disconnect()
    })
  }

  #set(next: ConnectionState): void {
    this.#state = next
    this.#options.onChange()
  }

  #setReady(ready: boolean): void {
    this.#ready = ready
    if (ready) for (const answer of [...this.#waiting]) answer(true)
  }

  #later(work: () => void, ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(work, ms)
  }

  #join(): void {
    clearTimeout(this.#timer)
    this.#visit += 1
    const visit = this.#visit
    const { ledger, room, me } = this.#options
    const { id: personId, name, colour } = me()
    const since = ledger.epoch === null ? {} : { since: { epoch: ledger.epoch, seq: ledger.seq } }
    const input = { room, personId, name, colour, ...since }
    // In the same turn as the answer: a `behind` may come right after it, and is about the visit it begins.
    askThen(this.#socket, 'room:join', input, JOIN_TIMEOUT_MS, (answer) => {
      if (visit === this.#visit && this.#socket.connected) this.#joined(answer)
    })
  }

  #joined(answer: Answer<'room:join'>): void {
    if (answer.got === 'reply' && answer.reply.ok) {
      const { snapshot, at, you = null } = answer.reply.value
      this.#options.onYou(you)
      this.#options.clock.restart()
      if (at !== undefined) this.#options.clock.noteServerTime(at)
      this.#intake.begin(snapshot)
      this.#setReady(true)
      this.#options.onReady()
      return
    }
    const failure = answer.got === 'reply' && !answer.reply.ok ? answer.reply : null
    const why = failure && noEntry(failure)
    if (failure?.code === 'room-not-found') this.#leave({ state: 'no-room', room: this.#options.room })
    else if (why) this.#leave({ state: 'no-entry', why })
    else this.#later(() => this.#join(), failure?.retryAfterMs ?? JOIN_AGAIN_MS)
  }

  #leave(next: ConnectionState): void {
    this.#visit += 1
    clearTimeout(this.#timer)
    this.#intake.stop()
    this.#setReady(false)
    this.#set(next)
  }

  #connectAgain(): void {
    if (!this.#socket.active) this.#later(() => this.#socket.connect(), CONNECT_AGAIN_MS)
  }

  #offline(tries: number): void {
    if (this.#closed || this.#state.state === 'reload') return
    const since = this.#state.state === 'offline' ? this.#state.since : this.#options.clock.now()
    this.#leave({ state: 'offline', since, tries })
  }
}

/** Why a join was refused for good, as long as nobody enters a code; null where trying again may help. */
function noEntry({ code, detail }: Failure): NoEntry | null {
  switch (code) {
    case 'token-needed':
      return detail?.lacks === 'token' ? 'code' : 'ended'
    case 'forbidden-room':
    case 'forbidden-role':
      return 'other-room'
    case 'person-removed':
      return 'removed'
    case 'too-many':
      return 'full'
    default:
      return null
  }
}
