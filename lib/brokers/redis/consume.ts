import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverLog } from '#lib/brokers/contract.ts'
import {
  type Absence,
  type Attempt,
  ConsumerLife,
  type ConsumerSession,
} from '#lib/brokers/kit/consumer-life.ts'
import type { Consumers } from '#lib/brokers/kit/consumers.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Seek, SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection, ConnectionOptions } from './connection.ts'
import { failures, isErrorReply } from './failures.ts'

/** The longest that attaching may take before its caller gets an error. */
const ATTACH_TIMEOUT_MS = 6_000

/** What destinations and consumers need of their driver. */
export interface DriverParts {
  url: string
  /** Names this process to Redis; messages carry it as their source. */
  clientName: string
  log: DriverLog
  consumers: Consumers<RedisConsumer>
  /** Counts a receipt that is still to come, so that closing can wait for it. */
  trackReceipt<T>(receipt: Promise<T>): Promise<T>
  onFault(fault: { address: string; consumer?: string; code: string; text: string }): void
  /** The driver's own connection for questions. Throws AppError `broker-down`. */
  questions(): Connection
}

export interface ConsumerOptions {
  spec: ConsumerSpec
  parts: DriverParts
  listener(event: ConsumerEvent): void
  onEnded(): void
}

export interface RedisSession extends ConsumerSession {
  /** New at each start of the server. */
  readonly runId: string
}

/** Attaches a consumer and keeps it with the driver's until it ends. Throws AppError. */
export async function attachConsumer(
  { consumers }: DriverParts,
  make: (onEnded: () => void) => RedisConsumer,
): Promise<AttachedConsumer> {
  return consumers.attach(async (onEnded) => {
    const consumer = make(onEnded)
    await consumer.attach()
    return consumer
  })
}

/**
 * What workers, subscribers and readers have in common: connections of their own, a life by the kit's rules, and a `gap`
 * that says whether Redis was restarted meanwhile.
 */
export abstract class RedisConsumer<S extends RedisSession = RedisSession> implements AttachedConsumer {
  spec: ConsumerSpec
  protected readonly parts: DriverParts
  protected readonly life: ConsumerLife<S>
  readonly #leaveTimeoutMs: number
  #deliveries = 0
  #runId: string | undefined
  #lastRefusal = ''

  /** A step of the goodbye that takes longer than `leaveTimeoutMs` is cut. */
  constructor({ spec, parts, listener, onEnded }: ConsumerOptions, leaveTimeoutMs: number) {
    this.spec = spec
    this.parts = parts
    this.#leaveTimeoutMs = leaveTimeoutMs
    this.life = new ConsumerLife<S>({
      failures,
      attachTimeoutMs: ATTACH_TIMEOUT_MS,
      closing: parts.consumers.closing,
      open: (attempt) => this.open(attempt),
      untilUp: (signal) => this.untilUp(signal),
      onAttaching: (session, absence) => this.onAttaching(session, absence),
      onAttached: (session) => this.onAttached(session),
      onLost: (session) => this.onLost(session),
      onRetry: (error) => this.#retried(error),
      goodbye: (session, stepMs) => this.goodbye(session, stepMs),
      reportsAbsence: () => this.reportsAbsence(),
      listener,
      onEnded: () => {
        this.onEnded()
        onEnded()
      },
    })
  }

  /** Connects and subscribes; see ConsumerLifeOptions. */
  protected abstract open(attempt: Attempt<S>): Promise<S>
  protected abstract onAttached(session: S): void
  protected abstract goodbye(session: S, stepMs: number): Promise<void>
  protected untilUp(_signal: AbortSignal): Promise<void> {
    return Promise.resolve()
  }
  protected onAttaching(_session: S, _absence: Absence | null): void {}
  protected onLost(_session: S): void {}
  protected onEnded(): void {}
  protected reportsAbsence(): boolean {
    return true
  }

  abstract pause(): Promise<void>
  abstract resume(): Promise<void>
  abstract update(settings: Settings): Promise<void>
  abstract settle(delivery: number, verb: SettleVerb): Promise<void>
  abstract seek(position: Seek): Promise<void>

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

  protected connectionOptions(signal: AbortSignal): ConnectionOptions {
    const { url, clientName } = this.parts
    return { url, name: `${clientName}:${this.spec.address}:${this.spec.name}`, signal }
  }

  /** The gap that an absence left; null the first time. Must be asked once for each session. */
  protected gapAfter(absence: Absence | null, runId: string) {
    const isRestarted = this.#runId !== undefined && this.#runId !== runId
    this.#runId = runId
    if (!absence) return null
    const reason = isRestarted ? 'broker-restarted' : 'resubscribed'
    return { type: 'gap', reason, awayMs: now() - absence.since, at: now() } as const
  }

  #retried(error: unknown): void {
    const text = wordsOf(error)
    if (isErrorReply(error) && text !== this.#lastRefusal) this.fault('broker-refused', text)
    this.#lastRefusal = text
  }
}
