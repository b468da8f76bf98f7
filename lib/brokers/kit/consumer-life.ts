import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { unlessAborted, withDeadline } from './deadlines.ts'
import { type Failures, wordsOf } from './failures.ts'
import { type Session, SessionKeeper } from './session-keeper.ts'

/** A consumer's own connections, from the moment they are of use to the end of the first of them. */
export interface ConsumerSession extends Session {
  /** Destroys the sockets without a goodbye; resolves once they are gone. Idempotent. */
  destroy(reason: string): Promise<void>
}

/** The time between the loss of a consumer's session and the next one. */
export interface Absence {
  /** When the session was lost, Unix time in milliseconds. */
  since: number
  /** Why it was lost. */
  error: Error
}

/** One attempt to attach. */
export interface Attempt<S extends ConsumerSession> {
  /** Aborts when the consumer leaves or crashes, or when attaching takes too long: the attempt must give up soon. */
  signal: AbortSignal
  /** Null when it attaches for the first time. */
  absence: Absence | null
  /** For a system that shows before `open` resolves that nothing can be missed any more (by a first delivery). */
  attached(session: S): void
}

export interface ConsumerLifeOptions<S extends ConsumerSession> {
  failures: Failures
  /** The longest that attaching for the first time may take before its caller gets an error. */
  attachTimeoutMs: number
  /** Aborts when the driver closes: a consumer that is attaching for the first time gives up. */
  closing: AbortSignal
  /** Connects and subscribes. Throws the raw error, having ended what it opened. */
  open(attempt: Attempt<S>): Promise<S>
  /** Waits until an attempt makes sense; resolves when `signal` aborts. Not asked before the first attempt. */
  untilUp?(signal: AbortSignal): Promise<void>
  /** Called before `attached` is emitted; `absence` is null the first time. */
  onAttaching?(session: S, absence: Absence | null): void
  /** Called after `attached` was emitted: the consumer may begin to read. */
  onAttached?(session: S): void
  /** The session is of no use any more, by a loss or a crash: what it held is the broker's again. */
  onLost(session: S): void
  /** An attempt to come back failed. */
  onRetry?(error: unknown): void
  /** The polite end: settles or gives back what it holds and closes. Never throws. */
  goodbye(session: S, deadlineMs: number): Promise<void>
  /** Nothing is left to come back to, so that the consumer is detached. Default: AppError `destination-not-found`. */
  isFinal?(error: unknown): boolean
  /** Whether the first attempt is made again after this error, within `attachTimeoutMs`. Default: never. */
  retriesFirst?(error: unknown): boolean
  /** When the broker will drop a crashed consumer, Unix time in milliseconds, where it does not notice at once. */
  evictedAt?(): number
  /** The longest pause between two attempts. */
  maxRetryMs?: number
  /** Whether a loss is to be reported now. A consumer that does not read does not notice it, until `reportAbsence`. */
  reportsAbsence?(): boolean
  listener(event: ConsumerEvent): void
  /** Called once, before the last event. */
  onEnded(): void
}

type Phase<S> =
  | { is: 'attaching'; absence: Absence | null }
  | { is: 'attached'; session: S }
  | { is: 'suspended'; session: S; absence: Absence }
  | { is: 'leaving'; session: S | null }
  | { is: 'ended' }

/**
 * One consumer, from attaching to its end. It comes back by itself after each loss of its session, until it leaves, crashes, or
 * has nothing to come back to. Emits `attached`, `attaching` (with the reason, once for each reason) and, exactly once,
 * `crashed` or `detached`. What a loss means for the messages it held, and the `gap`, are the driver's to emit in `onAttaching`.
 */
export class ConsumerLife<S extends ConsumerSession> {
  readonly #options: ConsumerLifeOptions<S>
  readonly #keeper: SessionKeeper<S>
  #phase: Phase<S> = { is: 'attaching', absence: null }
  #reportedReason: string | null = null
  #ending: Promise<void> | undefined

  constructor(options: ConsumerLifeOptions<S>) {
    this.#options = options
    this.#keeper = new SessionKeeper<S>({
      establish: async (signal) => {
        await options.untilUp?.(signal)
        signal.throwIfAborted()
        return this.#open(signal)
      },
      onUp: (session) => this.#markAttached(session),
      onLost: (error, session) => this.#lost(error, session),
      onFailed: (error) => this.#failed(error),
      maxRetryMs: () => options.maxRetryMs,
    })
  }

  /** The session while attached or suspended, and while it leaves. */
  get session(): S | null {
    return 'session' in this.#phase ? this.#phase.session : null
  }

  get isAttached(): boolean {
    return this.#phase.is === 'attached'
  }

  /** It has crashed, left or been detached. */
  get isEnded(): boolean {
    return this.#phase.is === 'ended'
  }

  /** Passes an event on, unless the consumer's life has ended. */
  emit(event: ConsumerEvent): void {
    if (this.#phase.is !== 'ended') this.#options.listener(event)
  }

  /** Resolves once attached. Throws AppError; then no event follows and nothing is left open. */
  async attach(): Promise<void> {
    let session: S
    try {
      session = await this.#openFirst()
    } catch (error) {
      this.#phase = { is: 'ended' }
      this.#options.onEnded()
      throw this.#options.failures.toAppError(error)
    }
    this.#markAttached(session)
    this.#keeper.start(session)
  }

  /** Tries now to come back. */
  retryNow(): void {
    this.#keeper.retryNow()
  }

  /** Reports an absence that `reportsAbsence` held back. */
  reportAbsence(): void {
    if (this.#absence) this.#reportAway(wordsOf(this.#absence.error))
  }

  /** The broker is away, while the session tries by itself to find it again: reports the absence, until `resume`. */
  suspend(error: Error): void {
    if (this.#phase.is !== 'attached') return
    this.#phase = { is: 'suspended', session: this.#phase.session, absence: { since: now(), error } }
    this.#reportAway(wordsOf(error))
  }

  /** A suspended session is of use again. */
  resume(): void {
    if (this.#phase.is === 'suspended') this.#enterAttached(this.#phase.session, this.#phase.absence)
  }

  /** Ends politely, within `deadlineMs`. The first of `leave` and `crash` counts. Idempotent. */
  leave(deadlineMs: number): Promise<void> {
    this.#ending ??= this.#leave(deadlineMs)
    return this.#ending
  }

  /** Destroys the session without a goodbye: nothing but `crashed` is emitted. Idempotent. */
  crash(): Promise<void> {
    this.#ending ??= this.#crash()
    return this.#ending
  }

  get #absence(): Absence | null {
    return 'absence' in this.#phase ? this.#phase.absence : null
  }

  async #open(signal: AbortSignal): Promise<S> {
    const absence = this.#absence
    let proven: S | null = null
    const attached = (session: S) => {
      proven = session
      this.#markAttached(session)
    }
    try {
      const session = await this.#options.open({ signal, absence, attached })
      if (!signal.aborted) return session
      await session.destroy('it was not wanted any more')
      throw signal.reason
    } catch (error) {
      if (proven !== null) this.#lost(error instanceof Error ? error : new Error(wordsOf(error)), proven)
      throw error
    }
  }

  /** The first session, within the time limit; gives up when the driver closes. Throws the raw error. */
  async #openFirst(): Promise<S> {
    const { attachTimeoutMs, closing } = this.#options
    const late = new AbortController()
    const signal = AbortSignal.any([late.signal, closing])
    try {
      return await withDeadline('attaching', attachTimeoutMs, this.#tryFirst(signal))
    } catch (error) {
      late.abort(error)
      throw error
    }
  }

  async #tryFirst(signal: AbortSignal): Promise<S> {
    const discard = (session: S) => void session.destroy('it came too late')
    for (;;) {
      try {
        return await unlessAborted(signal, this.#open(signal), discard)
      } catch (error) {
        if (signal.aborted || !this.#options.retriesFirst?.(error)) throw error
      }
    }
  }

  #markAttached(session: S): void {
    if (this.#phase.is === 'attaching') this.#enterAttached(session, this.#phase.absence)
  }

  #enterAttached(session: S, absence: Absence | null): void {
    this.#options.onAttaching?.(session, absence)
    this.#phase = { is: 'attached', session }
    this.#reportedReason = null
    this.emit({ type: 'state', state: 'attached', at: now() })
    if (this.session === session) this.#options.onAttached?.(session)
  }

  #lost(error: Error, session: S): void {
    if (this.#phase.is !== 'attached' && this.#phase.is !== 'suspended') return
    this.#phase = { is: 'attaching', absence: this.#absence ?? { since: now(), error } }
    this.#options.onLost(session)
    void session.destroy('its session was lost')
    this.#reportAway(wordsOf(error))
  }

  #failed(error: unknown): void {
    const isFinal = this.#options.isFinal?.(error) ?? isDestinationGone(error)
    const { text } = this.#options.failures.of(error)
    if (isFinal) {
      this.#ending ??= this.#detach(text)
      return
    }
    this.#options.onRetry?.(error)
    this.#reportAway(text)
  }

  #reportAway(reason: string): void {
    if (this.#absence === null) return
    if (reason === this.#reportedReason || this.#options.reportsAbsence?.() === false) return
    this.#reportedReason = reason
    this.emit({ type: 'state', state: 'attaching', reason, at: now() })
  }

  async #detach(reason: string): Promise<void> {
    this.#phase = { is: 'leaving', session: null }
    await this.#keeper.stop()
    this.#finish({ type: 'state', state: 'detached', reason, at: now() })
  }

  async #leave(deadlineMs: number): Promise<void> {
    const { session } = this
    this.#phase = { is: 'leaving', session }
    const stopped = this.#keeper.stop()
    if (session) await this.#options.goodbye(session, deadlineMs)
    await session?.destroy('the consumer left')
    await stopped
    this.#finish({ type: 'state', state: 'detached', at: now() })
  }

  async #crash(): Promise<void> {
    const { session } = this
    // From here on nothing is emitted, whatever its sockets still bring.
    this.#phase = { is: 'ended' }
    const evictedAt = this.#options.evictedAt?.()
    if (session) this.#options.onLost(session)
    const stopped = this.#keeper.stop()
    await session?.destroy('crashed on purpose')
    await stopped
    this.#finish({
      type: 'state',
      state: 'crashed',
      at: now(),
      ...(evictedAt === undefined ? {} : { evictedAt }),
    })
  }

  /** The last event. */
  #finish(event: ConsumerEvent): void {
    this.#phase = { is: 'ended' }
    this.#options.onEnded()
    this.#options.listener(event)
  }
}

const isDestinationGone = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'destination-not-found'
