import type { ConsumerEvent, ConsumerSpec } from '#lib/brokers/contract.ts'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { CellParts } from '../cell.ts'
import type { StreamInfo } from '../info.ts'
import { startIntake } from '../intake.ts'
import { openLink } from '../link.ts'
import { logConsumerSettings, logMode, mustName } from '../modes/log.ts'
import { changed, parsed } from '../modes/settings.ts'
import { asOperationError, wordsOf } from '../reasons.ts'
import type { Seated } from '../roster.ts'
import { type Absence, type Seat, takeSeat } from '../seat.ts'
import { AUDIT_MS, createAudit } from './audit.ts'
import { askStream, atBeginning, type Position, placeOf, startOf } from './position.ts'
import type { ReaderSession, State } from './reader-state.ts'
import { readOn, readOnWithFigures } from './reading.ts'
import { comeTo, takeIn } from './taking.ts'

/** A goodbye that takes longer is cut. */
const LEAVE_TIMEOUT_MS = 1_000
/** How many entries one XREAD brings: a batch is out of the stream's reach, so a slow reader takes few. */
const BATCH = 500
const SLOW_BATCH = 10

export interface LogPlace {
  readonly address: string
  isGone(): boolean
}

export interface ReaderOptions {
  spec: ConsumerSpec
  place: LogPlace
  parts: CellParts
  signal: AbortSignal
  listener(event: ConsumerEvent): void
  onEnded(): void
}

/** A reader as its destination's facts see it. */
export interface Reader extends Seated {
  readonly position: Position
}

/**
 * A reader of a whole stream by XREAD, on a connection of its own and without a group: Redis does not know of it. It
 * remembers its position itself, over pauses and lost connections, so that nothing is missed or read twice. What was
 * taken out of the stream before it came there is a `gap`. Resolves once attached; throws AppError.
 */
export async function attachReader(options: ReaderOptions): Promise<Reader> {
  const { spec, place, parts } = options
  const state: State = {
    spec,
    settings: mustName(parsed(logConsumerSettings, spec.settings)),
    position: { after: '0-0', count: null },
    aim: 0,
    deliveries: 0,
    readAt: null,
    paused: undefined,
    rested: undefined,
    isWaiting: false,
    isSeeking: false,
    intake: undefined,
    audit: undefined,
    seat: undefined,
  }
  state.audit = createAudit({
    ask: () => askStream(parts.questions(), place.address),
    position: () => state.position,
    onCaughtUp: (added) => comeTo(state, added),
  })
  const fault = (code: string, text: string) =>
    parts.onFault({ address: place.address, consumer: spec.name, code, text })
  await takeSeat<ReaderSession>(
    {
      signal: options.signal,
      open: (signal) => openReader(state, options, signal),
      onBack: ({ info }, absence) => comeBack(state, info, absence),
      begin: (session) => beginReading(state, session, options, fault),
      onLost: () => stopReading(state),
      goodbye: async ({ link }) => {
        stopReading(state)
        state.paused?.resolve()
        await state.intake?.stop(LEAVE_TIMEOUT_MS)
        await link.quit(LEAVE_TIMEOUT_MS)
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

async function openReader(state: State, options: ReaderOptions, signal: AbortSignal): Promise<ReaderSession> {
  const { place, parts } = options
  if (place.isGone()) throw new AppError('destination-not-found', `"${place.address}" was removed`)
  const name = `${parts.clientName}:${place.address}:${state.spec.name}`
  const link = await openLink({ url: parts.url, name, signal })
  try {
    const info = await askStream(link, place.address)
    if (!state.seat) {
      state.position = startOf(state.settings, info)
      // Redis says now whether it takes this id for one.
      await link.redis.call('XREAD', 'COUNT', '1', 'STREAMS', place.address, state.position.after)
    }
    return { link, info, ended: link.ended, runId: link.runId, destroy: link.destroy }
  } catch (error) {
    await link.destroy()
    throw error
  }
}

/** A stream that has had fewer entries than were read of it is another one: what it has is all new. */
function comeBack(state: State, info: StreamInfo, absence: Absence | null): void {
  state.readAt = null
  const { count } = state.position
  if (!absence || count === null || info.added === null || info.added >= count) return
  state.position = atBeginning(info)
  const reason = absence.restarted ? 'broker-restarted' : 'resubscribed'
  state.seat?.emit({ type: 'gap', reason, awayMs: absence.awayMs, at: now() })
}

function beginReading(
  state: State,
  session: ReaderSession,
  { place, parts }: ReaderOptions,
  fault: (code: string, text: string) => void,
): void {
  const { link } = session
  const onRefused = (error: unknown) => {
    // A connection's end is told by itself.
    if (link.isWritable()) fault('broker-refused', wordsOf(error))
  }
  state.intake = startIntake({
    room: () => (state.isSeeking ? 0 : state.settings.processingMs > 0 ? SLOW_BATCH : BATCH),
    next: async (count) => {
      const { aim, position, readAt } = state
      const isFresh = readAt !== null && performance.now() - readAt < AUDIT_MS
      const read = isFresh ? readOn : readOnWithFigures
      state.isWaiting = true
      const batch = await read(link, place.address, position.after, count).finally(() => {
        state.isWaiting = false
      })
      const isFor = () => state.aim === aim && state.seat?.session === session
      // What a seek cut short says nothing of the new place.
      if (isFor()) state.readAt = performance.now()
      await takeIn(state, place.address, batch, isFor)
      if (batch.entries.length > 0 && batch.info?.lastId !== state.position.after) state.audit?.readUnseen()
    },
    unblock: async () => state.isWaiting && parts.questions().redis.client('UNBLOCK', link.clientId),
    onNotRenewed: onRefused,
    onFailed: (error) => {
      onRefused(error)
      void link.destroy()
    },
  })
}

function stopReading(state: State): void {
  state.intake?.abandon()
  state.rested?.resolve()
}

/** Reads on from there. What was read already for the old place, and not handed on, is dropped. */
async function seekTo(state: State, { place, parts }: ReaderOptions, seek: Seek): Promise<void> {
  state.aim++
  state.readAt = null
  state.isSeeking = true
  state.rested?.resolve()
  try {
    // On the driver's connection: a question on this one would wait with the wait.
    state.position = await placeOf(parts.questions(), place.address, seek)
  } catch (error) {
    throw asOperationError(error)
  } finally {
    state.isSeeking = false
    state.intake?.renew()
    state.intake?.mayTake()
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
    retryNow: seat.retryNow,
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
      if (state.settings.processingMs === 0) state.rested?.resolve()
    },
    settle: async () => {
      throw new AppError('not-capable', logMode.lacks.settle ?? '')
    },
    seek: (position) => seekTo(state, options, position),
  }
}
