import type { ConsumerEvent, ConsumerSpec } from '#lib/brokers/contract.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { type BlockingReads, startBlockingReads } from './blocking-read.ts'
import { ANSWER_TIMEOUT_MS, type Connection, openPair } from './connection.ts'
import type { DriverConsumer } from './consume.ts'
import { type Absence, type Seat, type Session, takeSeat } from './consumer-life.ts'
import type { DestinationParts } from './destination.ts'
import { politely, wordsOf } from './failures.ts'
import { queueConsumerSettings, type WorkerSettings } from './manifest-queue.ts'
import type { ItemDelivery } from './metadata.ts'
import { changed } from './settings.ts'
import { createDesk, type Desk, type Held, type Settled } from './unacked-deliveries.ts'

/** What a queue's backend may ask of one of its workers. */
export interface WorkerView<T> {
  settings(): WorkerSettings
  /** How many more deliveries it may hold. */
  room(): number
  held(): Array<Held<T>>
  take(delivery: ItemDelivery<T>): void
  emit(event: ConsumerEvent): void
  fault(code: string, text: string): void
  /** An unexpected failure: the worker opens its connections anew. */
  onFailed(error: unknown): void
}

/** All that differs between the workers of a stream's group and those of a list. Throws raw errors. */
export interface QueueBackend<T> {
  /** Why nothing can be read again here. */
  readonly noReplay: string | undefined
  /** Joins on fresh connections. Throws AppError `destination-not-found` when the destination was removed. */
  join(connection: Connection): Promise<void>
  /** Rises when what it had joined was gone and had to be created anew. */
  generation(): number
  /** After an absence: what Redis still keeps for it. */
  pending(connection: Connection): Promise<Array<ItemDelivery<T>>>
  /** Waits for new deliveries, `room` at most. `noAck`: they need no acknowledgement. */
  next(connection: Connection, room: number, noAck: boolean): Promise<Array<ItemDelivery<T>>>
  /** Starts to take over, now and then, what other workers left behind; returns how to stop. */
  startReclaiming(connection: Connection, worker: WorkerView<T>): () => void
  settle(connection: Connection, held: Held<T>, verb: SettleVerb, reason: string): Promise<Settled>
  /** Gives back what it holds, and leaves. `unseen` was delivered to it, but never emitted. */
  release(
    connection: Connection,
    held: ReadonlyArray<Held<T>>,
    unseen: readonly T[],
  ): Promise<ConsumerEvent[]>
}

/**
 * A worker's two connections, which live and end together: Redis answers a connection's commands in order, so one that
 * waits for the next message could not acknowledge the last.
 */
interface WorkerSession extends Session {
  readonly reading: Connection
  readonly settling: Connection
  /** Says QUIT on both. Never throws. */
  quit(deadlineMs: number): Promise<void>
}

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
  parts: DestinationParts
  /** Aborted: gives up attaching. */
  signal: AbortSignal
  listener(event: ConsumerEvent): void
  onEnded(): void
}

/** One worker's state, changed by the steps of its life only. */
interface Worker<T> {
  spec: ConsumerSpec
  settings: WorkerSettings
  readonly parts: DestinationParts
  readonly backend: QueueBackend<T>
  readonly desk: Desk<T>
  seat: Seat<WorkerSession> | undefined
  /** Where it settles: its session's, also while it leaves. */
  connection: Connection | undefined
  reads: BlockingReads | undefined
  stopReclaiming: () => void
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
export async function attachWorker<T>(
  options: WorkerOptions,
  backend: QueueBackend<T>,
): Promise<DriverConsumer> {
  const worker = createWorker(options, backend)
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

function createWorker<T>(options: WorkerOptions, backend: QueueBackend<T>): Worker<T> {
  const { spec, settings, parts } = options
  const desk = createDesk<T>({
    settings: () => worker.settings,
    settle: (held, verb, reason) => {
      const { connection } = worker
      if (!connection) return Promise.reject(new Error('its connection has ended'))
      connection.writeTogether('end')
      return backend.settle(connection, held, verb, reason)
    },
    emit: (event) => worker.seat?.emit(event),
    onRefused: (error) => fault(worker, 'broker-refused', error.message),
    onRoom: () => worker.reads?.mayTake(),
  })
  const worker: Worker<T> = {
    spec,
    settings,
    parts,
    backend,
    desk,
    seat: undefined,
    connection: undefined,
    reads: undefined,
    stopReclaiming: () => undefined,
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

async function open<T>({ spec, parts, backend }: Worker<T>, signal: AbortSignal): Promise<WorkerSession> {
  const name = `${parts.clientName}:${spec.address}:${spec.name}`
  const reading = { url: parts.url, name, signal }
  const settling = { ...reading, name: `${name}:settling`, answerTimeoutMs: ANSWER_TIMEOUT_MS }
  const { first, second, ...pair } = await openPair(reading, settling)
  const session = { ...pair, reading: first, settling: second }
  try {
    await backend.join(session.settling)
    return session
  } catch (error) {
    await session.destroy()
    throw error
  }
}

function sayGap<T>(worker: Worker<T>, absence: Absence | null): void {
  const before = worker.generation
  worker.generation = worker.backend.generation()
  worker.hasReturned = absence !== null
  if (!absence || before === worker.generation) return
  const reason = absence.restarted ? 'broker-restarted' : 'resubscribed'
  worker.seat?.emit({ type: 'gap', reason, awayMs: absence.awayMs, at: now() })
}

async function begin<T>(worker: Worker<T>, session: WorkerSession): Promise<void> {
  const { backend, desk } = worker
  worker.connection = session.settling
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
    const again = await backend.pending(session.settling).catch(onRefused)
    for (const delivery of again ?? []) take(worker, delivery, false)
  }
  if (!isHere()) return
  const room = () => roomOf(worker)
  worker.reads = startBlockingReads({
    room,
    next: async (count) => {
      const noAck = worker.settings.ackMode === 'none'
      for (const delivery of await backend.next(session.reading, count, noAck)) take(worker, delivery, noAck)
    },
    unblock: () => session.settling.redis.client('UNBLOCK', session.reading.clientId),
    onNotRenewed: onRefused,
    onFailed,
  })
  const view: WorkerView<T> = {
    settings: () => worker.settings,
    room,
    held: desk.held,
    take: (delivery) => take(worker, delivery, false),
    emit: (event) => worker.seat?.emit(event),
    fault: (code, text) => fault(worker, code, text),
    onFailed,
  }
  worker.stopReclaiming = backend.startReclaiming(session.settling, view)
}

/** A paused worker holds what it is given, up to its prefetch; where handing over is all, it asks for nothing. */
function roomOf<T>({ settings, isPaused, desk }: Worker<T>): number {
  return settings.ackMode === 'none' && isPaused ? 0 : settings.prefetch - desk.size
}

function take<T>(worker: Worker<T>, { item, content }: ItemDelivery<T>, noAck: boolean): void {
  const { seat, desk } = worker
  if (worker.isLeaving && !noAck) return void worker.unseen.push(item)
  if (!seat) return
  const delivery = ++worker.deliveries
  seat.emit({ type: 'delivered', delivery, ...content, inHand: !noAck, at: now() })
  // It may have crashed in the moment in which it was told.
  if (seat.session) desk.take({ delivery, item, isDone: noAck, state: 'waiting' })
}

/** What it held is Redis's to hand out again. */
function letGo<T>(worker: Worker<T>): void {
  worker.stopReclaiming()
  worker.reads?.abandon()
  worker.desk.clear()
  worker.connection = undefined
}

async function sayGoodbye<T>(worker: Worker<T>, session: WorkerSession): Promise<void> {
  const { backend, desk } = worker
  worker.isLeaving = true
  worker.stopReclaiming()
  desk.pause()
  await worker.reads?.stop(LEAVE_TIMEOUT_MS)
  await politely('giving back', LEAVE_TIMEOUT_MS, async () => {
    await desk.quiet()
    const events = await backend.release(session.settling, desk.held(), worker.unseen)
    for (const event of events) worker.seat?.emit(event)
  })
  desk.clear()
  await session.quit(LEAVE_TIMEOUT_MS)
}

function handleOf<T>(worker: Worker<T>): DriverConsumer {
  const { desk } = worker
  const { leave, crash, retryNow: brokerIsBack } = worker.seat as Seat<WorkerSession>
  return {
    get spec() {
      return worker.spec
    },
    leave,
    crash,
    brokerIsBack,
    pause: async () => {
      worker.isPaused = true
      desk.pause()
      if (worker.settings.ackMode === 'none') worker.reads?.renew()
    },
    resume: async () => {
      worker.isPaused = false
      desk.resume()
      worker.reads?.mayTake()
    },
    update: async (change) => {
      const { spec } = worker
      worker.settings = changed(queueConsumerSettings, spec.settings, change, LIVE_SETTINGS)
      worker.spec = { ...spec, settings: { ...spec.settings, ...change } }
      // What it waits for was asked for with the old prefetch.
      worker.reads?.renew()
      worker.reads?.mayTake()
      desk.workOn()
    },
    settle: desk.settle,
    seek: async () => {
      throw new AppError('not-capable', worker.backend.noReplay ?? '')
    },
  }
}
