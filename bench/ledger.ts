import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { classicRoom, createClassicStream } from '#test/support/classic-stream.ts'
import { cpuMs } from './support/cpu.ts'
import { percentiles } from './support/stats.ts'

/** Times are this process's processor time, so that a busy machine does not blur them. */
export interface LedgerFigures {
  /** Alone on one core: the median of the rounds, once its code is compiled. */
  eventsPerSecond: number
  /** A frame's events taken in and all panes, lanes and traces read, milliseconds. */
  frameP50: number
  frameP99: number
  /** Bytes held at event 100,000 and at event 1,000,000. */
  heapEarly: number
  heapLate: number
}

const EVENTS = 300_000
/** The first rounds run while V8 still compiles what it finds to be hot. */
const WARM_UP_ROUNDS = 4
const ROUNDS = 12
/** Events of one frame at 2,000 deliveries/s: some 4,400 events/s. */
const EVENTS_PER_FRAME = 73
const HEAP_MARKS = [100_000, 1_000_000]
const MS_PER_SECOND = 1_000
const PANES = [
  'rabbitmq:mailbox:worker-1',
  'rabbitmq:mailbox:worker-2',
  'redis:chatroom:subscriber-1',
  'redis:chatroom:subscriber-2',
  'kafka:datascience:reader-1',
  'kafka:datascience:reader-2',
  'kafka:datascience:reader-3',
]
const LANES = [
  ['rabbitmq', 'mailbox'],
  ['redis', 'chatroom'],
  ['kafka', 'datascience'],
] as const

/** How fast the ledger takes a room's events, alone and with a reader once a frame, and what it holds. */
export function measureLedger(): LedgerFigures {
  const events = createClassicStream().take(EVENTS)
  const eventsPerSecond = alone(events)
  const frames = percentiles(watched(events))
  const [heapEarly = Number.NaN, heapLate = Number.NaN] = heapAtMarks()
  return { eventsPerSecond, frameP50: frames.p50, frameP99: frames.p99, heapEarly, heapLate }
}

/** It knows the room, as every page and recording does before the first message. */
function ledgerOfRoom(): Ledger {
  const ledger = createLedger()
  ledger.reset(classicRoom())
  return ledger
}

function readAll(ledger: Ledger): void {
  const newest = ledger.newest()?.messageId ?? null
  for (const pane of PANES) ledger.pane(pane)
  for (const [system, name] of LANES) {
    ledger.destination(system, name)
    ledger.trace(system, name, newest)
  }
}

function alone(events: readonly RoomEvent[]): number {
  const rates = Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, () => {
    const ledger = ledgerOfRoom()
    return (events.length * MS_PER_SECOND) / cpuMs(() => ledger.applyAll(events))
  })
  return percentiles(rates.slice(WARM_UP_ROUNDS)).p50
}

function watched(events: readonly RoomEvent[]): number[] {
  const ledger = ledgerOfRoom()
  const frames: number[] = []
  for (let at = 0; at < events.length; at += EVENTS_PER_FRAME) {
    const batch = events.slice(at, at + EVENTS_PER_FRAME)
    frames.push(
      cpuMs(() => {
        ledger.applyAll(batch)
        readAll(ledger)
      }),
    )
  }
  return frames
}

function heapAtMarks(): number[] {
  const used = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  const ledger = ledgerOfRoom()
  const stream = createClassicStream()
  return HEAP_MARKS.map((mark) => {
    while (ledger.seq < mark) {
      ledger.applyAll(stream.take(1_000))
      readAll(ledger)
    }
    return used() - before
  })
}
