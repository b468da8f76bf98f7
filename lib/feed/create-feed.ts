import { createLedger } from '#lib/ledger/ledger.ts'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/command-table.ts'
import type { Failure, Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { createChangeCounter, createFrames } from './change-counter.ts'
import type { Feed, FeedOptions } from './feed.ts'
import { createHeldStore } from './held-sends.ts'
import { Outbox } from './outbox.ts'
import { RoomConnection } from './room-connection.ts'
import { createServerClock } from './server-clock.ts'
import { createTracer } from './tracer.ts'

/** Attaching a consumer is the slowest command: a Kafka reader joins its group within seconds. */
const COMMAND_TIMEOUT_MS = 20_000

/** Opens the browser's feed of one room. Works in Node too, given `url`. Whoever opens it closes it. */
export const createFeed = (options: FeedOptions): Feed => new LiveFeed(options)

class LiveFeed implements Feed {
  readonly views = createLedger()
  readonly #events = createSignal<readonly RoomEvent[]>()
  readonly #clock = createServerClock()
  readonly #counter
  readonly #tracer
  readonly #connection: RoomConnection
  readonly #outbox: Outbox
  #me: Feed['me']
  #rights: Feed['rights'] = null
  readonly subscribe: Feed['subscribe']
  readonly onEvents = this.#events.on
  readonly pin: Feed['pin']
  readonly now = this.#clock.now

  constructor({ room, me, url, frames = createFrames(), storage }: FeedOptions) {
    this.#me = me
    this.#counter = createChangeCounter(frames, () => {
      // The messages of a load are followed only where nobody has written any: they would take the trace for good.
      const { newestWritten, newest } = this.views
      if (this.connection.state === 'live') this.#tracer.offer((newestWritten() ?? newest())?.messageId)
    })
    const { touch } = this.#counter
    this.#tracer = createTracer(() => performance.now(), touch, touch)
    this.subscribe = this.#counter.subscribe
    this.pin = this.#tracer.pin
    const onChange = (): void => {
      touch()
      this.#outbox.wake()
    }
    this.#connection = new RoomConnection({
      url,
      room,
      me: () => this.#me,
      ledger: this.views,
      clock: this.#clock,
      onEvents: this.#events.emit,
      onChange,
      onReady: onChange,
      onYou: (you) => {
        this.#rights = you
        if (you !== null) this.#me = { ...this.#me, id: you.id, name: you.name }
      },
    })
    this.#outbox = new Outbox({
      views: this.views,
      connection: this.#connection,
      store: createHeldStore(room, storage),
      sender: () => this.#me.name,
      onSent: this.#tracer.own,
      onChange: touch,
    })
  }

  get connection() {
    return this.#connection.state
  }

  get held() {
    return this.#outbox.held
  }

  get trace() {
    return this.#tracer.trace
  }

  get me() {
    return this.#me
  }

  get rights() {
    return this.#rights
  }

  get version() {
    return this.#counter.version
  }

  send: Feed['send'] = (request) => this.#outbox.send(request)

  discard: Feed['discard'] = (id, system) => this.#outbox.discard(id, system)

  sendAgain: Feed['sendAgain'] = (id, system) => this.#outbox.sendAgain(id, system)

  command = async <C extends CommandName>(
    name: C,
    input: CommandInput<C>,
  ): Promise<Reply<CommandOutput<C>>> => {
    if (!this.#mayBecomeReady() || !(await this.#connection.whenReady(COMMAND_TIMEOUT_MS))) return OFFLINE
    const answer = await this.#connection.ask(name, input, COMMAND_TIMEOUT_MS)
    if (answer.got === 'reply') return answer.reply
    return answer.because === 'timeout' ? NO_ANSWER : OFFLINE
  }

  rename: Feed['rename'] = (name, colour) => {
    this.#me = { ...this.#me, name, colour }
    this.#counter.touch()
    this.#connection.rename()
  }

  retryNow: Feed['retryNow'] = () => {
    this.#connection.retryNow()
    this.#outbox.retryNow()
  }

  close: Feed['close'] = () => {
    this.#counter.close()
    this.#events.clear()
    this.#outbox.close()
    this.#tracer.close()
    this.#connection.close()
  }

  #mayBecomeReady(): boolean {
    const { ready, state } = this.#connection
    return ready || state.state === 'connecting' || state.state === 'catching-up'
  }
}

/** It waited longer than any broker takes to answer. What it asked for may still happen. */
const NO_ANSWER: Failure = { ok: false, code: 'broker-timeout', message: 'no answer within the time' }
const OFFLINE: Failure = { ok: false, code: 'internal', message: 'the dashboard is not connected' }
