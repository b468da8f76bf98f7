import type {
  AttachedConsumer,
  BrokerSecurity,
  ConsumerEvent,
  ConsumerSpec,
  DriverFault,
  DriverLog,
  ModeManifest,
} from '#lib/brokers/contract.ts'
import {
  type Absence,
  type Attempt,
  ConsumerLife,
  type ConsumerLifeOptions,
  type ConsumerSession,
} from '#lib/brokers/kit/consumer-life.ts'
import type { Consumers } from '#lib/brokers/kit/consumers.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Seek, SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import { failures, isErrorReply } from './failures.ts'
import { notCapable } from './manifest.ts'
import { changed, parsed, type SettingsKind } from './settings.ts'

/** The longest that attaching may take before its caller gets an error. */
const ATTACH_TIMEOUT_MS = 6_000
const LEAVE_TIMEOUT_MS = 1_000

/** What destinations and consumers need of their driver. */
export interface DriverParts {
  url: string
  security?: BrokerSecurity
  /** Names this process to Redis; messages carry it as their source. */
  clientName: string
  log: DriverLog
  consumers: Consumers<RedisConsumer>
  onFault(fault: DriverFault): void
  /** The driver's connection for PUBLISH, XADD and LPUSH. Throws AppError `broker-down`. */
  publisher(): Connection
  /** The driver's connection for everything else. Throws AppError `broker-down`. */
  questions(): Connection
}

export interface ConsumerOptions {
  spec: ConsumerSpec
  parts: DriverParts
  listener(event: ConsumerEvent): void
  onEnded(): void
}

export interface RedisSession extends ConsumerSession {
  /** New at each start of the server; null where the user may not ask. */
  readonly runId: string | null
}

/**
 * What workers, subscribers and readers have in common: connections of their own, a life by the kit's rules, and a `gap`
 * that says whether Redis was restarted meanwhile. Its life calls `open`, `goodbye` and the `on…` methods.
 */
export abstract class RedisConsumer<S extends RedisSession = RedisSession, T extends object = object>
  implements AttachedConsumer, ConsumerLifeOptions<S>
{
  spec: ConsumerSpec
  readonly failures = failures
  readonly attachTimeoutMs = ATTACH_TIMEOUT_MS
  readonly closing: AbortSignal
  readonly listener: ConsumerOptions['listener']
  protected readonly parts: DriverParts
  protected readonly life: ConsumerLife<S>
  protected settings: T
  readonly #mode: ModeManifest
  readonly #changed: (change: Settings) => T
  readonly #leaveTimeoutMs: number
  readonly #onEnded: () => void
  #deliveries = 0
  #runId: string | null = null
  #lastRefusal = ''

  /** A step of the goodbye that takes longer than `leaveTimeoutMs` is cut. Throws AppError `invalid`. */
  constructor(
    { spec, parts, listener, onEnded }: ConsumerOptions,
    mode: ModeManifest,
    settings: SettingsKind<T>,
    leaveTimeoutMs = LEAVE_TIMEOUT_MS,
  ) {
    this.spec = spec
    this.parts = parts
    this.closing = parts.consumers.closing
    this.listener = listener
    this.settings = parsed(settings, spec.settings)
    this.#mode = mode
    this.#changed = (change) => changed(settings, this.settings, change)
    this.#leaveTimeoutMs = leaveTimeoutMs
    this.#onEnded = onEnded
    this.life = new ConsumerLife<S>(this)
  }

  abstract open(attempt: Attempt<S>): Promise<S>
  abstract onAttached(session: S): void
  abstract goodbye(session: S, stepMs: number): Promise<void>
  protected abstract onUpdated(): void

  onLost(_session: S): void {}

  onEnded(): void {
    this.#onEnded()
  }

  onRetry(error: unknown): void {
    const text = wordsOf(error)
    if (isErrorReply(error) && text !== this.#lastRefusal) this.fault('broker-refused', text)
    this.#lastRefusal = text
  }

  abstract pause(): Promise<void>
  abstract resume(): Promise<void>

  async settle(_delivery: number, _verb: SettleVerb): Promise<void> {
    throw notCapable(this.#mode, 'settle')
  }

  async seek(_position: Seek): Promise<void> {
    throw notCapable(this.#mode, 'replay')
  }

  async update(change: Settings): Promise<void> {
    this.settings = this.#changed(change)
    this.spec = { ...this.spec, settings: { ...this.spec.settings, ...change } }
    this.onUpdated()
  }

  /** Resolves once attached. Throws AppError; no event follows then. */
  attach(): Promise<void> {
    return this.life.attach()
  }

  leave(): Promise<void> {
    return this.life.leave(this.#leaveTimeoutMs)
  }

  crash(): Promise<void> {
    return this.life.crash()
  }

  /** The driver's own connections are open again: tries now, if it is away. */
  brokerIsBack(): void {
    this.life.retryNow()
  }

  protected nextDelivery(): number {
    return ++this.#deliveries
  }

  protected fault(code: string, text: string): void {
    this.parts.onFault({ address: this.spec.address, consumer: this.spec.name, code, text })
  }

  /** Reports what Redis refused. A connection that has ended is reported by itself. */
  protected reportRefusal(connection: Connection, error: unknown): void {
    if (connection.isWritable()) this.fault('broker-refused', wordsOf(error))
  }

  /** It cannot go on in this session, because of what happened on the connection. */
  protected giveUp(session: S, connection: Connection, error: unknown): void {
    this.reportRefusal(connection, error)
    void session.destroy('it failed')
  }

  protected connectionOptions(signal: AbortSignal): ConnectionOptions {
    const { url, security, clientName } = this.parts
    const { address, name, route } = this.spec
    return { url, security, name: `${clientName}:${address}:${name}`, signal, route }
  }

  /** The gap that an absence left; null the first time. Must be asked once for each session. */
  protected gapAfter(absence: Absence | null, runId: string | null) {
    const before = this.#runId
    const isRestarted = before !== null && runId !== null && before !== runId
    this.#runId = runId
    if (!absence) return null
    const reason = isRestarted ? 'broker-restarted' : 'resubscribed'
    return { type: 'gap', reason, awayMs: now() - absence.since, at: now() } as const
  }
}
