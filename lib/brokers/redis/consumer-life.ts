import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { asOperationError, bounded, isErrorReply, wordsOf } from './failures.ts'
import { createKeeper, type Keepable } from './session-keeper.ts'

/** The longest that attaching may take before its caller is told that it failed. */
const ATTACH_TIMEOUT_MS = 6_000

/** A consumer's connections, from the moment they are of use to the end of the first of them. */
export interface Session extends Keepable {
  /** New at each start of the server. */
  readonly runId: string
  /** Destroys the sockets without a goodbye; resolves once they are gone. Idempotent. */
  destroy(): Promise<void>
}

/** How long a consumer was away, and whether Redis was started anew meanwhile. */
export interface Absence {
  awayMs: number
  restarted: boolean
}

export interface SeatOptions<S extends Session> {
  /** Aborted: gives up attaching. Once attached, `leave` and `crash` end it. */
  signal: AbortSignal
  /**
   * Connects and prepares. Throws the raw error, having ended what it opened; AppError `destination-not-found` when
   * there is nothing to come back to any more: it detaches then.
   */
  open(signal: AbortSignal): Promise<S>
  /** EntryClaims before `attached`; `absence` is null the first time. */
  onBack?(session: S, absence: Absence | null): void
  /** EntryClaims after `attached`: may begin to read. */
  begin(session: S): void
  onLost(session: S): void
  /** The polite end: settles and gives back what it holds, then closes the connections. Never throws. */
  goodbye(session: S): Promise<void>
  listener(event: ConsumerEvent): void
  onFault(code: string, text: string): void
  onEnded(): void
}

/** One consumer's seat at Redis: comes back by itself after each loss of its connections, until it leaves or crashes. */
export interface Seat<S extends Session> {
  readonly session: S | undefined
  /** Nothing is told once it has crashed, left or been detached. */
  emit(event: ConsumerEvent): void
  retryNow(): void
  leave(): Promise<void>
  crash(): Promise<void>
}

type Phase<S> =
  | { phase: 'attached'; session: S }
  | { phase: 'away'; since: number }
  | { phase: 'leaving' }
  | { phase: 'ended' }

/** Resolves once attached. Throws AppError; no event follows then. */
export async function takeSeat<S extends Session>(
  options: SeatOptions<S>,
  onTaken: (seat: Seat<S>) => void,
): Promise<void> {
  const { listener } = options
  let phase: Phase<S> = { phase: 'away', since: now() }
  let runId: string | undefined

  const emit = (event: ConsumerEvent) => {
    if (phase.phase !== 'ended') listener(event)
  }
  const onUp = (session: S) => {
    const absence =
      phase.phase === 'away' && runId !== undefined
        ? { awayMs: now() - phase.since, restarted: session.runId !== runId }
        : null
    runId = session.runId
    options.onBack?.(session, absence)
    phase = { phase: 'attached', session }
    emit({ type: 'state', state: 'attached', at: now() })
    options.begin(session)
  }
  const onLost = (error: Error) => {
    if (phase.phase !== 'attached') return
    const { session } = phase
    phase = { phase: 'away', since: now() }
    options.onLost(session)
    void session.destroy()
    emit({ type: 'state', state: 'attaching', reason: wordsOf(error), at: now() })
  }
  let lastFault = ''
  const onFailed = (error: unknown) => {
    const text = wordsOf(error)
    if (error instanceof AppError && error.code === 'destination-not-found') return void detach(text)
    if (isErrorReply(error) && text !== lastFault) options.onFault('broker-refused', text)
    lastFault = text
  }
  const finish = (state: 'crashed' | 'detached', reason?: string) => {
    phase = { phase: 'ended' }
    options.onEnded()
    listener({ type: 'state', state, at: now(), ...(reason === undefined ? {} : { reason }) })
  }
  let ending: Promise<void> | undefined
  const detach = (reason: string) => {
    ending ??= keeper.stop().then(() => finish('detached', reason))
  }
  const leave = async () => {
    const session = phase.phase === 'attached' ? phase.session : undefined
    phase = { phase: 'leaving' }
    const stopped = keeper.stop()
    if (session) await options.goodbye(session)
    await session?.destroy()
    await stopped
    finish('detached')
  }
  const crash = async () => {
    const session = phase.phase === 'attached' ? phase.session : undefined
    // Nothing more is told, whatever its sockets still bring.
    phase = { phase: 'ended' }
    if (session) options.onLost(session)
    const stopped = keeper.stop()
    await session?.destroy()
    await stopped
    finish('crashed')
  }
  const first = await firstSession(options)
  const keeper = createKeeper({ open: options.open, onUp, onLost, onFailed }, first)
  onTaken({
    get session() {
      return phase.phase === 'attached' ? phase.session : undefined
    },
    emit,
    retryNow: keeper.retryNow,
    leave: () => (ending ??= leave()),
    crash: () => (ending ??= crash()),
  })
  onUp(first)
  keeper.start()
}

async function firstSession<S extends Session>({ open, signal: closing }: SeatOptions<S>): Promise<S> {
  const giveUp = new AbortController()
  try {
    const signal = AbortSignal.any([giveUp.signal, closing])
    return await bounded('attaching', ATTACH_TIMEOUT_MS, open(signal))
  } catch (error) {
    giveUp.abort()
    throw asOperationError(error)
  }
}
