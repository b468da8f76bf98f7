import type { Receipt } from '#lib/brokers/contract.ts'
import type { StartLoad } from '#lib/protocol/command-schemas.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'

/** How each message ends. All messages of a load share one object, so that none is created for each. */
export interface LoadCallbacks {
  onReceipt(outcome: Receipt['outcome']): void
  /** The driver took nothing. Returns true: the load reports that itself. */
  onRefused(): boolean
}

export interface LoadMessage {
  text: string
  key: string | undefined
}

export interface LoadOptions {
  id: string
  input: StartLoad
  destination: string
  /** Hands one message over in this tick; one of the callbacks is called once. */
  send: (message: LoadMessage, callbacks: LoadCallbacks) => void
  onChange: (state: LoadState) => void
  /** Nothing is sent before this resolves: consumers of a waking room are still attaching. Null: nothing to wait for. */
  ready: Promise<void> | null
  /** While the broker takes no messages, none is sent. */
  isBlocked: () => boolean
}

/** Messages without a receipt yet: enough to keep a broker busy, few enough to stop soon. */
const WINDOW = 1_000
/** Messages handed over in one turn of the event loop, so that sockets get their turn. */
const SLICE = 100
/** How often a paced load looks at the clock: within a frame, yet a Kafka request still carries more than one record. */
const PACE_MS = 10
/** How often a load whose broker takes no messages looks whether it takes them again. */
const BLOCKED_LOOK_MS = 100
const EMIT_EVERY_MS = 250
/** A timer takes no more than 2³¹ ms, and fires at once when it is given more. */
const LONGEST_WAIT_MS = 60_000
const MS_PER_SECOND = 1_000

/** A running load: publishes through the room's own path, at a rate or as fast as receipts come. */
export class LoadGenerator {
  private readonly options: LoadOptions
  private readonly textOf: (n: number) => string
  private readonly callbacks: LoadCallbacks
  private startedAt = now()
  /** The same moment by the monotonic clock, which paces: the wall clock may step. */
  private begunAt = performance.now()
  private state: LoadState['state'] = 'running'
  private endedAt: number | undefined
  private sent = 0
  private confirmed = 0
  private failed = 0
  private emittedAt = this.begunAt
  /** How long the broker took no messages, milliseconds: the rate makes up for none of it. */
  private blockedMs = 0
  /** Cancels the next turn; undefined while none is scheduled. */
  private cancelTurn: (() => void) | undefined

  constructor(options: LoadOptions) {
    this.options = options
    this.textOf = createLoadText(options.input.size)
    this.callbacks = {
      onReceipt: (outcome) => this.onOutcome(outcome),
      onRefused: () => {
        this.onOutcome(null)
        return true
      },
    }
    if (options.ready === null) this.begin()
    else void options.ready.then(() => this.begin())
  }

  get now(): LoadState {
    const { id, input, destination } = this.options
    const { rate, count, size, keys = 0, system } = input
    const { state, sent, confirmed, failed, startedAt, endedAt } = this
    return {
      ...{ id, system, destination, state, rate, count, size, keys, sent, confirmed, failed, startedAt },
      ...(endedAt === undefined ? {} : { endedAt }),
    }
  }

  stop(): void {
    this.endEarly('stopped')
  }

  /** The broker went away: nothing more is sent. */
  fail(): void {
    this.endEarly('failed')
  }

  private begin(): void {
    if (this.state !== 'running') return
    this.startedAt = now()
    this.begunAt = performance.now()
    this.scheduleNow()
  }

  private pump(): void {
    this.cancelTurn = undefined
    if (this.options.isBlocked()) {
      this.waitWhileBlocked()
      return
    }
    const { count, keys = 0 } = this.options.input
    const budget = Math.min(this.due(), WINDOW - this.outstanding(), count - this.sent, SLICE)
    for (let i = 0; i < budget && this.state === 'running'; i += 1) {
      const key = keys === 0 ? undefined : `key-${(this.sent % keys) + 1}`
      this.sent += 1
      this.options.send({ text: this.textOf(this.sent), key }, this.callbacks)
    }
    this.schedule()
  }

  /** How many messages the rate allows to be sent by now, beyond those sent. */
  private due(): number {
    const { rate } = this.options.input
    if (rate === 0) return Number.POSITIVE_INFINITY
    return (
      Math.floor(((performance.now() - this.begunAt - this.blockedMs) * rate) / MS_PER_SECOND) + 1 - this.sent
    )
  }

  private outstanding(): number {
    return this.sent - this.confirmed - this.failed
  }

  private waitWhileBlocked(): void {
    const since = performance.now()
    const turn = setTimeout(() => {
      this.blockedMs += performance.now() - since
      this.pump()
    }, BLOCKED_LOOK_MS)
    this.cancelTurn = () => clearTimeout(turn)
  }

  /** With a full window no turn is scheduled: the next receipt schedules one. */
  private schedule(): void {
    if (this.state !== 'running' || this.cancelTurn !== undefined) return
    if (this.sent === this.options.input.count || this.outstanding() > WINDOW - SLICE) return
    if (this.due() > 0) this.scheduleNow()
    else this.scheduleLater()
  }

  private scheduleNow(): void {
    const turn = setImmediate(() => this.pump())
    this.cancelTurn = () => clearImmediate(turn)
  }

  private scheduleLater(): void {
    const dueAt = this.begunAt + this.blockedMs + (this.sent * MS_PER_SECOND) / this.options.input.rate
    const turn = setTimeout(
      () => this.pump(),
      Math.max(PACE_MS, Math.min(dueAt - performance.now(), LONGEST_WAIT_MS)),
    )
    this.cancelTurn = () => clearTimeout(turn)
  }

  /** `null`: the driver took nothing. */
  private onOutcome(outcome: Receipt['outcome'] | null): void {
    if (outcome === 'published' || outcome === 'unheard') this.confirmed += 1
    else this.failed += 1
    if (outcome === null) this.endEarly('failed')
    const isComplete = this.sent === this.options.input.count || this.state !== 'running'
    if (this.outstanding() === 0 && isComplete) {
      this.end('done')
      this.emit()
    } else if (this.state === 'running') {
      if (performance.now() - this.emittedAt >= EMIT_EVERY_MS) this.emit()
      this.schedule()
    }
  }

  private end(how: LoadState['state']): void {
    if (this.state !== 'running') return
    this.state = how
    this.endedAt = now()
    this.cancelTurn?.()
  }

  private endEarly(how: 'stopped' | 'failed'): void {
    if (this.state !== 'running') return
    this.end(how)
    this.emit()
  }

  private emit(): void {
    this.emittedAt = performance.now()
    this.options.onChange(this.now)
  }
}

const PATTERN = 'the quick brown fox jumps over the lazy dog '

/** The text of the `n`th message: its number, and whole words from the first on, cut at `size` bytes of ASCII. */
function createLoadText(size: number): (n: number) => string {
  const padding = PATTERN.repeat(Math.ceil(size / PATTERN.length)).slice(0, size)
  return (n) => {
    const label = `${n} `
    return label.length >= size ? String(n).slice(-size) : label + padding.slice(0, size - label.length)
  }
}
