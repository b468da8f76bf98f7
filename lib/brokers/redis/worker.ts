import type { ConsumerEvent, ConsumerSpec } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { politely } from './bounded.ts'
import type { CellParts } from './cell.ts'
import { createDesk, type Desk } from './desk.ts'
import { type Intake, startIntake } from './intake.ts'
import type { Link } from './link.ts'
import { queueConsumerSettings, type WorkerSettings } from './modes/queue.ts'
import { changed } from './modes/settings.ts'
import { wordsOf } from './reasons.ts'
import type { Seated } from './roster.ts'
import { type Absence, type Seat, takeSeat } from './seat.ts'
import type { Arrival, LineView, WorkerLine } from './worker-line.ts'
import { openWorkerSession, type WorkerSession } from './worker-session.ts'

/** A goodbye that takes longer is cut. */
const LEAVE_TIMEOUT_MS = 2_000
const LIVE_SETTINGS = [
  'ackMode',
  'prefetch',
  'processingMs',
  'failurePercent',
  'onFailure',
  'heartbeat',
] as const

export interface WorkerOptions {
  spec: ConsumerSpec
  settings: WorkerSettings
  parts: CellParts
  /** Aborted: gives up attaching. */
  signal: AbortSignal
  listener(event: ConsumerEvent): void
  onEnded(): void
}

/** One worker's state, changed by the steps of its life only. */
interface Worker<T> {
  spec: ConsumerSpec
  settings: WorkerSettings
  readonly parts: CellParts
  readonly line: WorkerLine<T>
  readonly desk: Desk<T>
  seat: Seat<WorkerSession> | undefined
  /** Where it settles: its session's, also while it leaves. */
  link: Link | undefined
  intake: Intake | undefined
  stopLooking: () => void
  deliveries: number
  generation: number
  hasReturned: boolean
  isPaused: boolean
  isLeaving: boolean
  /** Handed out while it was leaving. */
  unseen: T[]
}

/**
 * One worker on two connections of its own. Resolves once it has its place; throws AppError. A lost connection is
 * replaced by itself, and what Redis still keeps for it comes again at once, marked redelivered.
 */
export async function attachWorker<T>(options: WorkerOptions, line: WorkerLine<T>): Promise<Seated> {
  const worker = createWorker(options, line)
  const { spec, parts } = options
  await takeSeat<WorkerSession>(
    {
      signal: options.signal,
      open: (signal) => open(worker, signal),
      onBack: (_session, absence) => sayGap(worker, absence),
      begin: (session) => void begin(worker, session),
      onLost: () => letGo(worker),
      goodbye: (session) => sayGoodbye(worker, session),
      listener: options.listener,
      onFault: (code, text) => parts.onFault({ address: spec.address, consumer: spec.name, code, text }),
      onEnded: options.onEnded,
    },
    (seat) => {
      worker.seat = seat
    },
  )
  return handleOf(worker)
}

function createWorker<T>(options: WorkerOptions, line: WorkerLine<T>): Worker<T> {
  const { spec, settings, parts } = options
  const desk = createDesk<T>({
    settings: () => worker.settings,
    settle: (held, verb, reason) => {
      const { link } = worker
      if (!link) return Promise.reject(new Error('its connection has ended'))
      link.writeTogether('end')
      return line.settle(link, held, verb, reason)
    },
    emit: (event) => worker.seat?.emit(event),
    onRefused: (error) => fault(worker, 'broker-refused', error.message),
    onRoom: () => worker.intake?.mayTake(),
  })
  const worker: Worker<T> = {
    spec,
    settings,
    parts,
    line,
    desk,
    seat: undefined,
    link: undefined,
    intake: undefined,
    stopLooking: () => undefined,
    deliveries: 0,
    generation: 0,
    hasReturned: false,
    isPaused: false,
    isLeaving: false,
    unseen: [],
  }
  return worker
}

function fault<T>({ spec, parts }: Worker<T>, code: string, text: string): void {
  parts.onFault({ address: spec.address, consumer: spec.name, code, text })
}

async function open<T>({ spec, parts, line }: Worker<T>, signal: AbortSignal): Promise<WorkerSession> {
  const name = `${parts.clientName}:${spec.address}:${spec.name}`
  const session = await openWorkerSession({ url: parts.url, name, signal })
  try {
    await line.enter(session.settling)
    return session
  } catch (error) {
    await session.destroy()
    throw error
  }
}

function sayGap<T>(worker: Worker<T>, absence: Absence | null): void {
  const before = worker.generation
  worker.generation = worker.line.generation()
  worker.hasReturned = absence !== null
  if (!absence || before === worker.generation) return
  const reason = absence.restarted ? 'broker-restarted' : 'resubscribed'
  worker.seat?.emit({ type: 'gap', reason, awayMs: absence.awayMs, at: now() })
}

async function begin<T>(worker: Worker<T>, session: WorkerSession): Promise<void> {
  const { line, desk } = worker
  worker.link = session.settling
  const isHere = () => worker.seat?.session === session
  const onRefused = (error: unknown) => {
    // A connection's end is told by itself.
    if (isHere() && session.settling.isWritable()) fault(worker, 'broker-refused', wordsOf(error))
  }
  const onFailed = (error: unknown) => {
    onRefused(error)
    void session.destroy()
  }
  if (worker.hasReturned) {
    // It can go on without: what it held stays with Redis until somebody claims it.
    const again = await line.again(session.settling).catch(onRefused)
    for (const arrival of again ?? []) take(worker, arrival, false)
  }
  if (!isHere()) return
  const room = () => roomOf(worker)
  worker.intake = startIntake({
    room,
    next: async (count) => {
      const noAck = worker.settings.ackMode === 'none'
      for (const arrival of await line.next(session.reading, count, noAck)) take(worker, arrival, noAck)
    },
    unblock: () => session.settling.redis.client('UNBLOCK', session.reading.clientId),
    onNotRenewed: onRefused,
    onFailed,
  })
  const view: LineView<T> = {
    settings: () => worker.settings,
    room,
    held: desk.held,
    take: (arrival) => take(worker, arrival, false),
    emit: (event) => worker.seat?.emit(event),
    fault: (code, text) => fault(worker, code, text),
    onFailed,
  }
  worker.stopLooking = line.lookAround(session.settling, view)
}

/** A paused worker holds what it is given, up to its prefetch; where handing over is all, it asks for nothing. */
function roomOf<T>({ settings, isPaused, desk }: Worker<T>): number {
  return settings.ackMode === 'none' && isPaused ? 0 : settings.prefetch - desk.size
}

function take<T>(worker: Worker<T>, { item, told }: Arrival<T>, noAck: boolean): void {
  const { seat, desk } = worker
  if (worker.isLeaving && !noAck) return void worker.unseen.push(item)
  if (!seat) return
  const delivery = ++worker.deliveries
  seat.emit({ type: 'delivered', delivery, ...told, inHand: !noAck, at: now() })
  // It may have crashed in the moment in which it was told.
  if (seat.session) desk.take({ delivery, item, isDone: noAck, state: 'waiting' })
}

/** What it held is Redis's to hand out again. */
function letGo<T>(worker: Worker<T>): void {
  worker.stopLooking()
  worker.intake?.abandon()
  worker.desk.clear()
  worker.link = undefined
}

async function sayGoodbye<T>(worker: Worker<T>, session: WorkerSession): Promise<void> {
  const { line, desk } = worker
  worker.isLeaving = true
  worker.stopLooking()
  desk.pause()
  await worker.intake?.stop(LEAVE_TIMEOUT_MS)
  await politely('giving back', LEAVE_TIMEOUT_MS, async () => {
    await desk.quiet()
    const events = await line.giveBack(session.settling, desk.held(), worker.unseen)
    for (const event of events) worker.seat?.emit(event)
  })
  desk.clear()
  await session.quit(LEAVE_TIMEOUT_MS)
}

function handleOf<T>(worker: Worker<T>): Seated {
  const { desk } = worker
  const { leave, crash, retryNow } = worker.seat as Seat<WorkerSession>
  return {
    get spec() {
      return worker.spec
    },
    leave,
    crash,
    retryNow,
    pause: async () => {
      worker.isPaused = true
      desk.pause()
      if (worker.settings.ackMode === 'none') worker.intake?.renew()
    },
    resume: async () => {
      worker.isPaused = false
      desk.resume()
      worker.intake?.mayTake()
    },
    update: async (change) => {
      const { spec } = worker
      worker.settings = changed(queueConsumerSettings, spec.settings, change, LIVE_SETTINGS)
      worker.spec = { ...spec, settings: { ...spec.settings, ...change } }
      // What it waits for was asked for with the old prefetch.
      worker.intake?.renew()
      worker.intake?.mayTake()
      desk.workOn()
    },
    settle: desk.settle,
    seek: async () => {
      throw new AppError('not-capable', worker.line.noReplay ?? '')
    },
  }
}
