import { readRecording } from '#lib/recording/read.ts'
import { openReplay } from '#lib/recording/replay-feed.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'

/**
 * How long a recording takes to open, and a step in it, panes read after each. Times are this process's processor time,
 * so that a busy machine does not blur them. `node --expose-gc --import tsx bench/recording.ts`
 */
const EVENTS = 100_000
const STEPS = 200
const PANES = ['rabbitmq:mailbox:worker-1', 'redis:chatroom:subscriber-1', 'kafka:datascience:reader-3']

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

function cpuMs(from: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(from)
  return (used.user + used.system) / 1_000
}

function fileOf(): string {
  const snapshot = {
    room: 'lobby',
    epoch: 'epoch-1',
    seq: 0,
    firstSeq: 1,
    number: 0,
    destinations: [],
    consumers: [],
    people: [],
    brokers: [],
    loads: [],
  }
  const header = {
    format: 'switchboard.recording',
    version: 1,
    room: 'lobby',
    epoch: 'epoch-1',
    startedAt: 0,
    startedSeq: 0,
    events: EVENTS,
    snapshot,
  }
  return [header, ...createClassicStream().take(EVENTS)].map((line) => JSON.stringify(line)).join('\n')
}

const heapMb = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1_000_000
}

const text = fileOf()
const before = heapMb()
const readFrom = process.cpuUsage()
const read = await readRecording(text, { breathe })
if (!read.ok) throw new Error(read.fault.code)
const readMs = cpuMs(readFrom)
const windFrom = process.cpuUsage()
const replay = await openReplay(read.recording, { breathe })
const windMs = cpuMs(windFrom)
say(
  `opening ${EVENTS.toLocaleString('en')} events (${(text.length / 1_000_000).toFixed(0)} MB): ${(readMs + windMs).toFixed(0)} ms, of which reading ${readMs.toFixed(0)} ms`,
)
say(`heap: ${(heapMb() - before).toFixed(0)} MB`)

/** Back by one, back by much, anywhere: the steps of a person who drags and one who clicks. */
const moves = [
  ['one back', (_: number, at: number) => at - 1],
  ['dragging back', (_: number, at: number) => (at < 400 ? EVENTS : at - 397)],
  ['dragging on', (_: number, at: number) => (at + 397 > EVENTS ? 0 : at + 397)],
  ['anywhere', (step: number) => (step * 48_271) % EVENTS],
] as const
for (const [name, next] of moves) {
  const times = Array.from({ length: STEPS }, (_, step) => {
    const from = process.cpuUsage()
    replay.seek(next(step, replay.position))
    for (const pane of PANES) replay.feed.views.pane(pane)
    return cpuMs(from)
  }).sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(STEPS * share)] ?? 0).toFixed(1)
  say(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms a step`)
}
replay.close()
