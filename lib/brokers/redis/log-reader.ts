import type { ConsumerEvent, ConsumerSpec } from '#lib/brokers/contract.ts'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { type BlockingReads, startBlockingReads } from './blocking-read.ts'
import { type Connection, openConnection } from './connection.ts'
import type { DriverConsumer } from './consume.ts'
import { type Absence, type Seat, type Session, takeSeat } from './consumer-life.ts'
import type { DestinationParts } from './destination.ts'
import { asOperationError, wordsOf } from './failures.ts'
import {
  AUDIT_MS,
  type Audit,
  askStream,
  type Batch,
  beginningOf,
  countBefore,
  createAudit,
  type Position,
  readAfter,
  seekPosition,
  startOf,
} from './log-position.ts'
import { logConsumerSettings, logMode, mustName, type ReaderSettings } from './manifest-log.ts'
import { deliveryOf } from './metadata.ts'
import type { StreamInfo } from './replies.ts'
import { changed, parsed } from './settings.ts'

/** A goodbye that takes longer is cut. */
const LEAVE_TIMEOUT_MS = 1_000
/** How many entries one XREAD returns. What was read is missed by no later trim, so a slow reader reads few. */
const BATCH = 500
const SLOW_BATCH = 10

export interface ReaderOptions {
  spec: ConsumerSpec
  /** The destination was removed: the reader does not come back. */
  isGone(): boolean
  parts: DestinationParts
  signal: AbortSignal
  listener(event: ConsumerEvent): void
  onEnded(): void
}

/** A reader as its destination's facts see it. */
export interface Reader extends DriverConsumer {
  readonly position: Position
}

interface ReaderSession extends Session {
  readonly connection: Connection
  /** The stream's figures when it was opened. */
  readonly info: StreamInfo
}

interface State {
  spec: ConsumerSpec
  settings: ReaderSettings
  position: Position
  /** How many seeks there were: entries that were read for an earlier position are dropped. */
  seeks: number
  deliveries: number
  /** When the last entries came; null while it is not known to be at the stream's end. */
  readAt: number | null
  /** Present while paused; resolved when it reads again. */
  paused: Deferred<void> | undefined
  /** Ends the processing time of an entry. */
  processed: Deferred<void> | undefined
  /** In an XREAD. */
  isWaiting: boolean
  /** Its new position is being asked for. */
  isSeeking: boolean
  reads: BlockingReads | undefined
  audit: Audit | undefined
  seat: Seat<ReaderSession> | undefined
}

/**
 * A reader of a whole stream by XREAD, on a connection of its own and without a group: Redis does not know it. It keeps
 * its position itself, over pauses and lost connections, so that nothing is missed or read twice. What was removed from
 * the stream before the reader came there is a `gap`. Resolves once attached; throws AppError.
 */
export async function attachReader(options: ReaderOptions): Promise<Reader> {
  const { spec, parts } = options
  const state: State = {
    spec,
    settings: mustName(parsed(logConsumerSettings, spec.settings)),
    position: { after: '0-0', count: null },
    seeks: 0,
    deliveries: 0,
    readAt: null,
    paused: undefined,
    processed: undefined,
    isWaiting: false,
    isSeeking: false,
    reads: undefined,
    audit: undefined,
    seat: undefined,
  }
  state.audit = createAudit({
    ask: () => askStream(parts.questions(), spec.address),
    position: () => state.position,
    onCaughtUp: (added) => arriveAt(state, added),
  })
  const fault = (code: string, text: string) =>
    parts.onFault({ address: spec.address, consumer: spec.name, code, text })
  await takeSeat<ReaderSession>(
    {
      signal: options.signal,
      open: (signal) => open(state, options, signal),
      onBack: ({ info }, absence) => comeBack(state, info, absence),
      begin: (session) => startReading(state, session, options, fault),
      onLost: () => stopReading(state),
      goodbye: async ({ connection }) => {
        stopReading(state)
        state.paused?.resolve()
        await state.reads?.stop(LEAVE_TIMEOUT_MS)
        await connection.quit(LEAVE_TIMEOUT_MS)
      },
      listener: options.listener,
      onFault: fault,
      onEnded: () => {
        state.audit?.close()
        options.onEnded()
      },
    },
    (seat) => {
      state.seat = seat
    },
  )
  return handleOf(state, options)
}

async function open(
  state: State,
  { isGone, parts }: ReaderOptions,
  signal: AbortSignal,
): Promise<ReaderSession> {
  const { address, name } = state.spec
  if (isGone()) throw new AppError('destination-not-found', `"${address}" was removed`)
  const options = { url: parts.url, name: `${parts.clientName}:${address}:${name}`, signal }
  const connection = await openConnection(options)
  try {
    const info = await askStream(connection, address)
    if (!state.seat) {
      state.position = startOf(state.settings, info)
      // Redis refuses now what it does not take for an id.
      await connection.redis.call('XREAD', 'COUNT', '1', 'STREAMS', address, state.position.after)
    }
    return { connection, info, ended: connection.ended, runId: connection.runId, destroy: connection.destroy }
  } catch (error) {
    await connection.destroy()
    throw error
  }
}

/** A stream to which fewer entries were ever appended than were read of it is another one: all of it is new. */
function comeBack(state: State, info: StreamInfo, absence: Absence | null): void {
  state.readAt = null
  const { count } = state.position
  if (!absence || count === null || info.added === null || info.added >= count) return
  state.position = beginningOf(info)
  const reason = absence.restarted ? 'broker-restarted' : 'resubscribed'
  state.seat?.emit({ type: 'gap', reason, awayMs: absence.awayMs, at: now() })
}

function startReading(
  state: State,
  session: ReaderSession,
  { spec, parts }: ReaderOptions,
  fault: (code: string, text: string) => void,
): void {
  const { connection } = session
  const onRefused = (error: unknown) => {
    // The end of the connection is reported elsewhere.
    if (connection.isWritable()) fault('broker-refused', wordsOf(error))
  }
  state.reads = startBlockingReads({
    room: () => (state.isSeeking ? 0 : state.settings.processingMs > 0 ? SLOW_BATCH : BATCH),
    next: async (count) => {
      const { seeks, position, readAt } = state
      const withInfo = readAt === null || performance.now() - readAt >= AUDIT_MS
      state.isWaiting = true
      const read = readAfter(connection, spec.address, position.after, count, withInfo)
      const batch = await read.finally(() => {
        state.isWaiting = false
      })
      const isCurrent = () => state.seeks === seeks && state.seat?.session === session
      // A read that a seek cut short says nothing about the new position.
      if (isCurrent()) state.readAt = performance.now()
      await deliver(state, spec.address, batch, isCurrent)
      if (batch.entries.length > 0 && batch.info?.lastId !== state.position.after) state.audit?.schedule()
    },
    unblock: async () => state.isWaiting && parts.questions().redis.client('UNBLOCK', connection.clientId),
    onNotRenewed: onRefused,
    onFailed: (error) => {
      onRefused(error)
      void connection.destroy()
    },
  })
}

function stopReading(state: State): void {
  state.reads?.abandon()
  state.processed?.resolve()
}

/** Delivers what was read, one entry after another, while it is still for the reader's position. */
async function deliver(state: State, stream: string, batch: Batch, isCurrent: () => boolean): Promise<void> {
  await state.paused?.promise
  if (!isCurrent()) return
  arriveAt(state, countBefore(state.position, batch))
  for (const entry of batch.entries) {
    if (state.paused) await state.paused.promise
    if (!isCurrent()) return
    const { count } = state.position
    state.position = { after: entry.id, count: count === null ? null : count + 1 }
    const content = deliveryOf(entry, { address: stream, stream }, 1, count)?.content
    if (!content) continue
    const delivery = ++state.deliveries
    state.seat?.emit({ type: 'delivered', delivery, ...content, inHand: false, at: now() })
    if (state.settings.processingMs > 0) await process(state, state.settings.processingMs)
  }
}

/** `reached` entries lie behind the reader; those among them that it has not counted are gone: it never had them. */
function arriveAt(state: State, reached: number | null): void {
  const { count } = state.position
  if (count !== null && reached !== null && reached > count)
    state.seat?.emit({ type: 'gap', reason: 'lagging', awayMs: 0, at: now() })
  state.position = { ...state.position, count: reached }
}

async function process(state: State, ms: number): Promise<void> {
  const processed = createDeferred<void>()
  state.processed = processed
  const timer = setTimeout(processed.resolve, ms)
  await processed.promise
  clearTimeout(timer)
}

/** Moves the position. Entries that were read for the old one and not delivered yet are dropped. */
async function seekTo(state: State, { spec, parts }: ReaderOptions, seek: Seek): Promise<void> {
  state.seeks++
  state.readAt = null
  state.isSeeking = true
  state.processed?.resolve()
  try {
    // On the driver's connection: on the reader's own, the question would have to wait for the read.
    state.position = await seekPosition(parts.questions(), spec.address, seek)
  } catch (error) {
    throw asOperationError(error)
  } finally {
    state.isSeeking = false
    state.reads?.renew()
    state.reads?.mayTake()
  }
}

function handleOf(state: State, options: ReaderOptions): Reader {
  const seat = state.seat as Seat<ReaderSession>
  return {
    get spec() {
      return state.spec
    },
    get position() {
      return state.position
    },
    leave: seat.leave,
    crash: seat.crash,
    brokerIsBack: seat.retryNow,
    pause: async () => {
      state.paused ??= createDeferred()
    },
    resume: async () => {
      state.readAt = null
      state.paused?.resolve()
      state.paused = undefined
    },
    update: async (change) => {
      state.settings = changed(logConsumerSettings, state.spec.settings, change, ['processingMs'])
      state.spec = { ...state.spec, settings: { ...state.spec.settings, ...change } }
      if (state.settings.processingMs === 0) state.processed?.resolve()
    },
    settle: async () => {
      throw new AppError('not-capable', logMode.lacks.settle ?? '')
    },
    seek: (position) => seekTo(state, options, position),
  }
}
