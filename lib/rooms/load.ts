import type { Receipt } from '#lib/brokers/contract.ts'
import type { StartLoad } from '#lib/protocol/commands.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createLoadText } from './load-text.ts'

/** A running load generator: publishes through the room's own path at a rate, or as fast as receipts come. */
export interface Load {
  readonly now: LoadState
  stop(): void
  /** Its broker went away: nothing more is sent. */
  fail(): void
}

/** What becomes of one of its messages. `null`: the driver took nothing. */
type LoadOutcome = Receipt['outcome'] | null

/** What its messages end in: the same two for all of them, so that none is made for each. */
export interface LoadEnds {
  onReceipt(outcome: Receipt['outcome']): void
  /** The driver took nothing. Answers that it tells that itself. */
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
  /** Hands one message over in this tick; one of `ends` is called once. */
  send: (message: LoadMessage, ends: LoadEnds) => void
  onChange: (state: LoadState) => void
  /** Nothing is sent before it resolves: consumers of a waking room are on their way. Null: nothing to wait for. */
  ready: Promise<void> | null
}

/** Messages without a receipt yet: enough to keep a broker busy, few enough to stop soon. */
const WINDOW = 1_000
/** Messages handed over in one turn of the event loop, so that sockets get theirs. */
const SLICE = 100
/** How often a paced load looks at the clock: within a frame, and a request of Kafka carries more than one record. */
const PACE_MS = 10
const TELL_EVERY_MS = 250
const MS_PER_SECOND = 1_000

export function createLoad({ id, input, destination, send, onChange, ready }: LoadOptions): Load {
  const { rate, count, size, keys = 0, system } = input
  const keyOf = (n: number) => (keys === 0 ? undefined : `key-${(n % keys) + 1}`)
  const textOf = createLoadText(size)
  let startedAt = now()
  let state: LoadState['state'] = 'running'
  let endedAt: number | undefined
  let sent = 0
  let confirmed = 0
  let failed = 0
  let toldAt = startedAt
  /** Calls the next turn off; undefined while none is due. */
  let cancelTurn: (() => void) | undefined

  const snapshot = (): LoadState => ({
    ...{ id, system, destination, state, rate, count, size, keys, sent, confirmed, failed, startedAt },
    ...(endedAt === undefined ? {} : { endedAt }),
  })

  function tell(): void {
    toldAt = now()
    onChange(snapshot())
  }

  function due(): number {
    if (rate === 0) return Number.POSITIVE_INFINITY
    return Math.floor(((now() - startedAt) * rate) / MS_PER_SECOND) + 1 - sent
  }

  function pump(): void {
    cancelTurn = undefined
    const outstanding = sent - confirmed - failed
    const budget = Math.min(due(), WINDOW - outstanding, count - sent, SLICE)
    for (let i = 0; i < budget && state === 'running'; i += 1) {
      sent += 1
      send({ text: textOf(sent), key: keyOf(sent - 1) }, ends)
    }
    schedule()
  }

  /** A full window needs no turn of its own: the next receipt asks for one. */
  function schedule(): void {
    if (state !== 'running' || cancelTurn !== undefined || sent === count) return
    if (sent - confirmed - failed > WINDOW - SLICE) return
    if (due() > 0) soon()
    else later()
  }

  function soon(): void {
    const turn = setImmediate(pump)
    cancelTurn = () => clearImmediate(turn)
  }

  function later(): void {
    const turn = setTimeout(pump, untilDue())
    cancelTurn = () => clearTimeout(turn)
  }

  const untilDue = () => Math.max(PACE_MS, startedAt + (sent * MS_PER_SECOND) / rate - now())

  const ends: LoadEnds = {
    onReceipt: settled,
    onRefused: () => {
      settled(null)
      return true
    },
  }

  function settled(outcome: LoadOutcome): void {
    if (outcome === 'published' || outcome === 'unheard') confirmed += 1
    else failed += 1
    if (outcome === null) endEarly('failed')
    if (confirmed + failed === sent && (sent === count || state !== 'running')) {
      end('done')
      tell()
    } else if (state === 'running') {
      if (now() - toldAt >= TELL_EVERY_MS) tell()
      schedule()
    }
  }

  function end(how: LoadState['state']): void {
    if (state !== 'running') return
    state = how
    endedAt = now()
    cancelTurn?.()
  }

  function endEarly(how: 'stopped' | 'failed'): void {
    if (state !== 'running') return
    end(how)
    tell()
  }

  function begin(): void {
    if (state !== 'running') return
    startedAt = now()
    soon()
  }

  if (ready === null) begin()
  else void ready.then(begin)
  return {
    get now() {
      return snapshot()
    },
    stop: () => endEarly('stopped'),
    fail: () => endEarly('failed'),
  }
}
