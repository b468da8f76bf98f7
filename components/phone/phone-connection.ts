import { type Answer, askOnce, askThen, type FeedSocket, openSocket } from '#lib/feed/socket.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { CommandInput, CommandName } from '#lib/protocol/command-table.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import { randomUuid } from '#lib/util/uuid.ts'
import { PhoneModel } from './phone-model.ts'

/** How long a join, a page or a seat may take before it is asked for again. A Kafka reader joins its group within seconds. */
const ANSWER_WITHIN_MS = 10_000
const SEAT_WITHIN_MS = 30_000
/** A connection that slept with the phone is dead without knowing it: this long it may take to answer. */
const PROOF_WITHIN_MS = 3_000
const AGAIN_MS = 1_000
/** How far back a phone looks for what reached its seat and for texts: a page or two. */
const LOOK_BACK_EVENTS = 300
/** A phone that missed more than this begins anew. */
const CATCH_UP_MAX_EVENTS = 5_000

export type PhoneConnectionState =
  | { at: 'connecting' }
  | { at: 'live' }
  | { at: 'offline' }
  | { at: 'reload' }
  | { at: 'no-room' }
  | { at: 'refused'; code: string }

/** Why a command of this person failed; null: it worked. */
export type CommandFailure = { code: string } | null

interface PhoneConnectionOptions {
  room: string
  person: string
  name: string
  had: TakeSeat['had']
  /** Called at most once a frame when anything changed. */
  onChange(): void
}

/** A phone's connection to its room: joins, takes the person's seat, stays live, and does so again after every loss. */
export class PhoneConnection {
  readonly model: PhoneModel
  state: PhoneConnectionState = { at: 'connecting' }
  /** Why there is no seat, where one was refused. */
  seatRefusal: string | null = null
  /** The server's clock less this device's, milliseconds. */
  skewMs = 0
  private readonly options: PhoneConnectionOptions
  private readonly socket: FeedSocket
  private had: TakeSeat['had']
  private left = false
  private closed = false
  private visit = 0
  /** Live events that came while pages are read; null: none are. */
  private waiting: RoomEvent[] | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: PhoneConnectionOptions) {
    this.options = options
    this.had = options.had
    this.model = new PhoneModel(options.person)
    this.socket = openSocket(undefined)
    this.listen()
  }

  /** The page is seen again: a connection that does not answer at once is made anew. */
  async wake(): Promise<void> {
    if (this.closed || this.state.at === 'reload') return
    if (this.socket.connected) {
      const answer = await askOnce(this.socket, 'seat:take', this.wish(), PROOF_WITHIN_MS)
      if (answer.got === 'reply' || this.model.seat?.state === 'attaching') return
    }
    this.socket.disconnect()
    this.socket.connect()
  }

  takeSeat(choice: Pick<TakeSeat, 'system' | 'destination'> = {}): Promise<CommandFailure> {
    this.left = false
    return this.ask('seat:take', choice, SEAT_WITHIN_MS)
  }

  drop(): Promise<CommandFailure> {
    return this.ask('seat:drop', {})
  }

  connectAgain(): Promise<CommandFailure> {
    const consumer = this.model.seat?.id
    if (consumer === undefined) return this.takeSeat()
    return this.ask('consumer:command', { consumer, command: 'start' }, SEAT_WITHIN_MS)
  }

  settle(command: SettleVerb, delivery: number): Promise<CommandFailure> {
    const consumer = this.model.seat?.id ?? ''
    return this.ask('consumer:command', { consumer, command, delivery })
  }

  async say(text: string): Promise<CommandFailure> {
    const { seat } = this.model
    if (seat === null) return { code: 'wrong-state' }
    const to = [{ system: seat.system, destination: seat.destination }]
    const answer = await askOnce(
      this.socket,
      'message:publish',
      { id: randomUuid(), text, to },
      ANSWER_WITHIN_MS,
    )
    const failed = commandFailureOf(answer)
    if (failed !== null || answer.got !== 'reply' || !answer.reply.ok) return failed
    const outcome = answer.reply.value.outcomes[seat.system]
    return outcome?.ok === false ? { code: outcome.code } : null
  }

  castVote(choice: number): Promise<CommandFailure> {
    return this.ask('vote:cast', { choice })
  }

  /** Gives the seat up. The connection is closed by its owner. */
  async leave(): Promise<void> {
    this.left = true
    await this.ask('seat:leave', {})
  }

  /** Idempotent. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.visit += 1
    clearTimeout(this.timer)
    this.socket.disconnect()
    this.socket.off()
  }

  private listen(): void {
    const { socket } = this
    socket.on('connect', () => this.join())
    socket.on('disconnect', () => this.onLost())
    socket.on('connect_error', () => this.onLost())
    socket.on('events', ({ room, events }) => {
      if (room === this.options.room && Array.isArray(events)) this.take(events)
    })
    socket.on('behind', () => this.later(() => this.join()))
    socket.on('closed', () => this.end({ at: 'no-room' }))
    socket.on('removed', () => this.end({ at: 'refused', code: 'person-removed' }))
    socket.on('reload', () => this.end({ at: 'reload' }))
  }

  private onLost(): void {
    if (this.closed || this.state.at === 'reload' || this.state.at === 'refused') return
    this.visit += 1
    this.set({ at: 'offline' })
    // The server itself ended the connection, which Socket.IO takes as final.
    if (!this.socket.active) this.later(() => this.socket.connect())
  }

  private join(): void {
    clearTimeout(this.timer)
    this.visit += 1
    const { visit } = this
    const { room, person: personId, name } = this.options
    const input = { room, personId, name, colour: 0, phone: true as const }
    askThen(this.socket, 'room:join', input, ANSWER_WITHIN_MS, (answer) => {
      if (visit === this.visit) this.onJoined(answer, visit)
    })
  }

  private onJoined(answer: Answer<'room:join'>, visit: number): void {
    const reply = answer.got === 'reply' ? answer.reply : null
    if (!reply?.ok) {
      this.onRefused(reply)
      return
    }
    const { snapshot, at } = reply.value
    const { model } = this
    if (at !== undefined) this.skewMs = at - Date.now()
    const isSame = model.epoch === snapshot.epoch && snapshot.seq - model.seq < CATCH_UP_MAX_EVENTS
    const since = isSame ? model.seq : Math.max(snapshot.firstSeq - 1, snapshot.seq - LOOK_BACK_EVENTS)
    model.begin(snapshot)
    this.waiting = []
    this.set({ at: 'live' })
    const chooses = model.choosesSeat && model.seat === null && this.had === undefined
    if (!this.left && !chooses && model.part === null) void this.ask('seat:take', this.wish(), SEAT_WITHIN_MS)
    void this.lookBack({ epoch: snapshot.epoch, seq: since }, snapshot.seq, visit)
  }

  private onRefused(failure: Failure | null): void {
    if (failure?.code === 'room-not-found') this.end({ at: 'no-room' })
    else if (failure === null || failure.retryAfterMs !== undefined || failure.code === 'internal') {
      this.later(() => this.join(), failure?.retryAfterMs)
    } else this.end({ at: 'refused', code: failure.code })
  }

  /** Reads what came before the snapshot, and then gives the model what came after it. */
  private async lookBack(from: { epoch: string; seq: number }, until: number, visit: number): Promise<void> {
    let since = from
    while (since.seq < until) {
      const answer = await askOnce(this.socket, 'room:events', { since }, ANSWER_WITHIN_MS)
      if (visit !== this.visit) return
      const events = answer.got === 'reply' && answer.reply.ok ? answer.reply.value.events : []
      for (const event of events) if (event.seq <= until) this.model.applyPast(event)
      const last = events.at(-1)
      if (last === undefined || last.seq <= since.seq) break
      since = { epoch: since.epoch, seq: last.seq }
    }
    const waiting = this.waiting ?? []
    this.waiting = null
    this.take(waiting)
    this.model.version += 1
    this.changed()
  }

  private take(events: readonly RoomEvent[]): void {
    if (this.waiting !== null) {
      this.waiting.push(...events)
      return
    }
    const hadPart = this.model.part !== null
    for (const event of events) {
      if (event.epoch !== this.model.epoch || event.seq > this.model.seq + 1) {
        this.join()
        return
      }
      this.model.apply(event)
    }
    const { seat, part, choosesSeat } = this.model
    if (seat !== null && part === null) this.had = hadOf(seat)
    const isFree = hadPart && part === null && seat === null
    if (isFree && !this.left && !choosesSeat) void this.ask('seat:take', this.wish(), SEAT_WITHIN_MS)
    this.changed()
  }

  private wish(): TakeSeat {
    return this.had === undefined ? {} : { had: this.had }
  }

  private async ask<C extends CommandName>(
    name: C,
    input: CommandInput<C>,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<CommandFailure> {
    const failure = commandFailureOf(await askOnce(this.socket, name, input, withinMs))
    if (name === 'seat:take') this.seatRefusal = failure?.code ?? null
    this.changed()
    return failure
  }

  private end(state: PhoneConnectionState): void {
    this.visit += 1
    clearTimeout(this.timer)
    this.set(state)
    if (state.at !== 'no-room') this.socket.disconnect()
  }

  private set(state: PhoneConnectionState): void {
    this.state = state
    this.changed()
  }

  private changed(): void {
    if (!this.closed) this.options.onChange()
  }

  private later(work: () => void, ms = AGAIN_MS): void {
    clearTimeout(this.timer)
    if (!this.closed) this.timer = setTimeout(work, ms)
  }
}

export const hadOf = ({
  system,
  destination,
  name: consumer,
  group,
}: {
  system: string
  destination: string
  name: string
  group?: string | undefined
}): NonNullable<TakeSeat['had']> => ({
  ...{ system, destination, consumer },
  ...(group === undefined ? {} : { group }),
})

function commandFailureOf<C extends CommandName>(answer: Answer<C>): CommandFailure {
  if (answer.got === 'nothing') return { code: answer.because === 'timeout' ? 'broker-timeout' : 'offline' }
  return answer.reply.ok ? null : { code: answer.reply.code }
}
