import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'

/**
 * How fast the ledger takes a room's events, alone and with a reader of all panes, lanes and traces once a frame, and
 * what it holds. Times are this process's processor time, so that a busy machine does not blur them.
 * `node --expose-gc --import tsx bench/ledger.ts`
 */
const EVENTS = 300_000
const ROUNDS = 8
/** Events of one frame at 2,000 deliveries/s: some 4,400 events/s. */
const EVENTS_PER_FRAME = 73
const HEAP_MARKS = [100_000, 1_000_000]
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

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function cpuMs(work: () => void): number {
  const from = process.cpuUsage()
  work()
  const used = process.cpuUsage(from)
  return (used.user + used.system) / 1_000
}

function readAll(ledger: Ledger): void {
  const newest = ledger.newest()?.messageId ?? null
  for (const pane of PANES) ledger.pane(pane)
  for (const [system, name] of LANES) {
    ledger.lane(system, name)
    ledger.trace(system, name, newest)
  }
}

function alone(events: readonly RoomEvent[]): void {
  const rates = Array.from({ length: ROUNDS }, () => {
    const ledger = createLedger()
    return events.length / cpuMs(() => ledger.applyAll(events))
  })
  say(`alone: ${rates.map((rate) => Math.round(rate)).join(' ')} thousand events/s`)
}

function watched(events: readonly RoomEvent[]): void {
  const ledger = createLedger()
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
  const sorted = frames.toSorted((a, b) => a - b)
  const [median, p99] = [0.5, 0.99].map((share) => sorted[Math.floor(sorted.length * share)] ?? 0)
  say(
    `read once a frame of ${EVENTS_PER_FRAME} events: p50 ${median?.toFixed(3)} ms, p99 ${p99?.toFixed(3)} ms`,
  )
}

function heap(): void {
  const used = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed / 1_000_000
  }
  const before = used()
  const ledger = createLedger()
  const stream = createClassicStream()
  for (const mark of HEAP_MARKS) {
    while (ledger.seq < mark) {
      ledger.applyAll(stream.take(1_000))
      readAll(ledger)
    }
    say(`heap at event ${mark.toLocaleString('en')}: ${(used() - before).toFixed(1)} MB`)
  }
}

heap()
const events = createClassicStream().take(EVENTS)
alone(events)
watched(events)
