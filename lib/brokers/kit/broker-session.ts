import type { DriverLog, DriverStatus } from '#lib/brokers/contract.ts'
import type { AppError } from '#lib/protocol/errors.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { Failures } from './failures.ts'
import { type Session, SessionKeeper } from './session-keeper.ts'

/** Wrong credentials rarely mend themselves: trying each second would only fill the broker's log. */
const MAX_RETRY_UNAUTHENTICATED_MS = 5_000

/** What a driver itself needs up: its connections for publishing and asking. */
export interface BrokerSessionConnections extends Session {
  /** The broker's version, or "unknown". */
  readonly version: string
}

export interface BrokerSessionOptions<S extends BrokerSessionConnections> {
  /** The system as people write it, for logs. */
  label: string
  log: DriverLog
  failures: Failures
  /** As in SessionKeeperOptions. */
  establish(signal: AbortSignal, lostAt: number | null): Promise<S>
  /** Called before `up` is reported. */
  onUp?(session: S): void
  /** Called before the loss is reported. */
  onLost?(error: Error): void
}

/**
 * A driver's own session, kept up, which is the driver's status. The driver ends it with `stop`, and then the session that was
 * up.
 */
export class BrokerSession<S extends BrokerSessionConnections> {
  readonly #options: BrokerSessionOptions<S>
  readonly #keeper: SessionKeeper<S>
  readonly #statuses = createSignal<DriverStatus>()
  #status: DriverStatus
  #stopped: Promise<void> | undefined

  constructor(options: BrokerSessionOptions<S>) {
    const { label, failures, log } = options
    this.#options = options
    this.#status = {
      status: 'connecting',
      reason: { code: 'connecting', text: `connecting to ${label}` },
      tries: 0,
    }
    this.#keeper = new SessionKeeper<S>({
      establish: options.establish,
      onUp: (session) => this.#up(session),
      onLost: (error, _session, nextTryAt) => {
        options.onLost?.(error)
        log.warn({ reason: error.message }, `lost the connection to ${label}`)
        this.#report({ status: 'connecting', reason: failures.toReason(error), tries: 0, nextTryAt })
      },
      onFailed: (error, tries, nextTryAt) => {
        const reason = failures.toReason(error)
        log.debug({ tries, reason }, `no connection to ${label}`)
        this.#report({ status: 'down', reason, tries, nextTryAt })
      },
      maxRetryMs: (error) =>
        failures.of(error).kind === 'authentication' ? MAX_RETRY_UNAUTHENTICATED_MS : undefined,
    })
  }

  /** Starts connecting; returns at once. */
  open(): void {
    if (!this.#stopped) this.#keeper.start()
  }

  /** Tries now instead of at the next due time. Does nothing while up. */
  retry(): void {
    this.#keeper.retryNow()
  }

  /** Why the broker takes no messages for now, though it is connected; null: it takes them. No effect while it is not up. */
  setBlocked(reason: string | null): void {
    const { current } = this
    if (current === null) return
    const { version } = current
    this.#report({ status: 'up', version, ...(reason === null ? {} : { blocked: reason }) })
  }

  get status(): DriverStatus {
    return this.#status
  }

  onStatus(listener: (status: DriverStatus) => void): Unsubscribe {
    return this.#statuses.on(listener)
  }

  /** The session while it is up, else null. */
  get current(): S | null {
    return this.#status.status === 'up' ? this.#keeper.session : null
  }

  /** The session. Throws AppError `broker-down` with the reason while it is not up. */
  require(): S {
    const { current } = this
    if (current) return current
    throw this.downError()
  }

  /** AppError `broker-down` with the reason why it is not up. */
  downError(): AppError {
    const status = this.#status
    const why = status.status === 'up' ? 'its connection was just lost' : status.reason.text
    return this.#options.failures.brokerDown(why)
  }

  /** Resolves once it is up, or when `signal` aborts. */
  untilUp(signal: AbortSignal): Promise<void> {
    if (this.current || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        unsubscribe()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const unsubscribe = this.#statuses.on(({ status }) => {
        if (status === 'up') done()
      })
      signal.addEventListener('abort', done, { once: true })
    })
  }

  /** Idempotent. Reports `down`, because it was stopped, and nothing afterwards. Resolves once no attempt is under way. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#report({ status: 'down', reason: { code: 'stopped', text: 'closed by the dashboard' }, tries: 0 })
    this.#statuses.clear()
    await this.#keeper.stop()
  }

  #up(session: S): void {
    this.#options.onUp?.(session)
    this.#options.log.info({ version: session.version }, `connected to ${this.#options.label}`)
    this.#report({ status: 'up', version: session.version })
  }

  #report(next: DriverStatus): void {
    this.#status = next
    this.#statuses.emit(next)
  }
}
