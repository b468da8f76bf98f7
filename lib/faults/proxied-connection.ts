import net from 'node:net'
import type { LineFault } from '#lib/protocol/faults.ts'

/** As many bytes wait on a slow line before its sender has to wait too. */
const HELD_MAX_BYTES = 4 * 1024 * 1024

/** What a line does now: all that a fault says, or nothing. */
export type LineState = LineFault | { kind: 'whole' }

export interface ProxiedConnectionOptions {
  /** Accepted, and not read yet. */
  client: net.Socket
  /** The broker. */
  peer: { host: string; port: number }
  state: LineState
  onClosed(): void
}

/** One connection of a consumer, its bytes and its end passed on in both directions as its line's state says. */
export class ProxiedConnection {
  readonly #options: ProxiedConnectionOptions
  readonly #client: net.Socket
  #broker: net.Socket | undefined
  #directions: OneWay[] = []
  #state: LineState
  #isClosed = false

  constructor(options: ProxiedConnectionOptions) {
    this.#options = options
    this.#client = options.client
    this.#state = options.state
    this.#watch(options.client)
    // A frozen line lets no greeting of TCP through either.
    if (options.state.kind !== 'freeze') this.#connect()
  }

  setState(state: LineState): void {
    this.#state = state
    if (state.kind !== 'freeze' && this.#broker === undefined && !this.#isClosed) this.#connect()
    for (const direction of this.#directions) direction.setState(state)
  }

  /** Breaks both halves as a network does: each side gets a reset, and no goodbye. Idempotent. */
  cut(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const direction of this.#directions) direction.close()
    for (const socket of [this.#client, this.#broker]) socket?.resetAndDestroy()
    this.#options.onClosed()
  }

  #connect(): void {
    const broker = net.connect({ ...this.#options.peer, allowHalfOpen: true })
    this.#broker = broker
    this.#watch(broker)
    const client = this.#client
    this.#directions = [new OneWay(client, broker, this.#state), new OneWay(broker, client, this.#state)]
  }

  #watch(socket: net.Socket): void {
    socket.setNoDelay(true)
    // One half that broke takes the other with it; its error says nothing that `close` does not.
    socket.on('error', () => this.cut())
    socket.on('close', () => {
      if ([this.#client, this.#broker].every((half) => half?.destroyed ?? true)) this.cut()
    })
  }
}

interface Held {
  /** Null: the end. */
  bytes: Buffer | null
  dueAt: number
}

/** One direction: reads from one socket and writes to the other, in order. */
class OneWay {
  readonly #from: net.Socket
  readonly #to: net.Socket
  #state: LineState
  #held: Held[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(from: net.Socket, to: net.Socket, state: LineState) {
    this.#from = from
    this.#to = to
    this.#state = state
    from.on('data', (bytes: Buffer) => this.#take(bytes))
    from.on('end', () => this.#take(null))
    to.on('drain', () => this.#flow())
    this.#flow()
  }

  setState(state: LineState): void {
    this.#state = state
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pass()
    this.#flow()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#held = []
  }

  #take(bytes: Buffer | null): void {
    const last = this.#held.at(-1)?.dueAt ?? 0
    // No byte overtakes another.
    this.#held.push({ bytes, dueAt: Math.max(last, performance.now() + this.#delayMs()) })
    this.#heldBytes += bytes?.length ?? 0
    this.#pass()
    this.#flow()
  }

  #delayMs(): number {
    const state = this.#state
    return state.kind === 'slow' ? state.latencyMs + Math.random() * state.jitterMs : 0
  }

  /** Writes what is due, and waits for the rest. */
  #pass(): void {
    if (this.#state.kind === 'freeze' || this.#timer !== undefined) return
    const isWhole = this.#state.kind === 'whole'
    while (this.#held[0] !== undefined && (isWhole || this.#held[0].dueAt <= performance.now())) {
      const { bytes } = this.#held.shift() as Held
      if (bytes === null) this.#to.end()
      else {
        this.#heldBytes -= bytes.length
        this.#to.write(bytes)
      }
    }
    const next = this.#held[0]
    if (next === undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#pass()
        this.#flow()
      },
      Math.max(1, next.dueAt - performance.now()),
    )
  }

  /** Reads on, unless the line is frozen or holds as much as it may: then the sender's own socket fills. */
  #flow(): void {
    const isOpen =
      this.#state.kind !== 'freeze' && this.#heldBytes < HELD_MAX_BYTES && !this.#to.writableNeedDrain
    if (isOpen) this.#from.resume()
    else this.#from.pause()
  }
}
