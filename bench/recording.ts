import { readRecording } from '#lib/recording/read.ts'
import { openReplay, type Replay } from '#lib/recording/replay.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { startNow, threadSince } from './support/cpu.ts'
import { type Percentiles, percentiles } from './support/stats.ts'

/** Times are what a person waits for where the page has a processor to itself. */
export interface RecordingFigures {
  events: number
  /** Reading the file and winding through it once, milliseconds. */
  openMs: number
  /** A step with panes read after it, milliseconds, by the kind of step. */
  steps: Record<string, Percentiles>
}

const EVENTS = 100_000
const STEPS = 200
const PANES = ['rabbitmq:mailbox:worker-1', 'redis:chatroom:subscriber-1', 'kafka:datascience:reader-3']

/** Back by one, back by much, anywhere: the steps of a person who drags and one who clicks. */
const MOVES = [
  ['one back', (_: number, at: number) => at - 1],
  ['dragging back', (_: number, at: number) => (at < 400 ? EVENTS : at - 397)],
  ['dragging on', (_: number, at: number) => (at + 397 > EVENTS ? 0 : at + 397)],
  ['anywhere', (step: number) => (step * 48_271) % EVENTS],
] as const

const yieldNow = () => new Promise<void>((resolve) => setImmediate(resolve))

/** How long a recording takes to open, and a step in it. */
export async function measureRecording(): Promise<RecordingFigures> {
  const text = fileOf()
  const from = startNow()
  const read = await readRecording(text, { yieldNow })
  if (!read.ok) throw new Error(read.fault.code)
  const replay = await openReplay(read.recording, { yieldNow })
  const openMs = threadSince(from)
  const steps = Object.fromEntries(MOVES.map(([name, next]) => [name, percentiles(stepping(replay, next))]))
  replay.close()
  return { events: EVENTS, openMs, steps }
}

function stepping(replay: Replay, next: (step: number, at: number) => number): number[] {
  return Array.from({ length: STEPS }, (_, step) => {
    const from = startNow()
    replay.seek(next(step, replay.position))
    for (const pane of PANES) replay.feed.views.pane(pane)
    return threadSince(from)
  })
}

function fileOf(): string {
  const nothing = { destinations: [], consumers: [], people: [], brokers: [], loads: [] }
  const place = { room: 'lobby', epoch: 'epoch-1' }
  const header = {
    format: 'switchboard.recording',
    version: 1,
    ...place,
    startedAt: 0,
    startedSeq: 0,
    events: EVENTS,
    snapshot: { ...place, seq: 0, firstSeq: 1, number: 0, ...nothing },
  }
  return [header, ...createClassicStream().take(EVENTS)].map((line) => JSON.stringify(line)).join('\n')
}
