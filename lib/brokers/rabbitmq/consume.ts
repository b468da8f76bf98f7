import type { Channel } from 'amqplib'
import type { Seek, SettleVerb } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec } from '../contract.ts'
import type { BrokerSession, BrokerSessionConnections } from '../kit/broker-session.ts'
import { type Absence, type Attempt, ConsumerLife } from '../kit/consumer-life.ts'
import type { Consumers } from '../kit/consumers.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerConnection, ConnectOptions } from './connection.ts'
import { FanoutStrategy } from './consume-fanout.ts'
import { LogStrategy } from './consume-log.ts'
import { QueueStrategy } from './consume-queue.ts'
import {
  areSameParameters,
  type ConsumeStrategy,
  type StrategyParts,
  type SubscriptionParameters,
} from './consume-strategy.ts'
import { RabbitSession, SubscriptionLost } from './consumer-session.ts'
import { failures, isReply, REPLY } from './failures.ts'
import type { LostAt, Redeclarations } from './managed-destination.ts'
import type { FoundBinding } from './management.ts'
import type { OwnConsumers } from './own-consumers.ts'
import { ReceivedMessages } from './received-messages.ts'

/** A check, a connection and a subscription, each with a limit of its own of up to 5 s. */
const ATTACH_TIMEOUT_MS = 20_000
/** Unsubscribing and closing a channel and a connection take three round trips. */
const LEAVE_TIMEOUT_MS = 2_000

const STRATEGIES = { queue: QueueStrategy, fanout: FanoutStrategy, log: LogStrategy }

/** What a consumer needs of its driver. */
export interface ConsumerParts extends StrategyParts {
  broker: Pick<BrokerSession<BrokerSessionConnections>, 'current' | 'untilUp'>
  consumers: Pick<Consumers<RabbitConsumer>, 'closing'>
  ownConsumers: OwnConsumers
  /** Opens a connection of this consumer's own, with that name. Throws the raw error. */
  connect(role: string, options: ConnectOptions): Promise<BrokerConnection>
  /** A number that no other delivery of this driver has. */
  nextDelivery(): number
}

/**
 * One consumer: a connection, a channel and a subscription of its own. After the loss of any of them, or of its queue,
 * `kit/consumer-life.ts` calls `#open` again until it is back, it leaves or it crashes.
 */
export class RabbitConsumer implements AttachedConsumer {
  readonly strategy: ConsumeStrategy
  readonly #parts: ConsumerParts
  readonly #listener: (event: ConsumerEvent) => void
  readonly #life: ConsumerLife<RabbitSession>
  readonly #received: ReceivedMessages
  #spec: ConsumerSpec
  /** What it is subscribed to; null: to nothing. */
  #applied: SubscriptionParameters | null = null
  /** Its destination's, when it last attached. */
  #redeclarations: Redeclarations = null
  /** Whether the broker was away since it was last attached. */
  #lostBroker = false
  /** What was unacked when it lost its session, until it is known what became of the queue. */
  #unackedAtLoss: number[] = []
  /** The reason of the gap to emit once it is back. */
  #gap: 'broker-restarted' | 'resubscribed' | null = null

  /** `onEnded`: it left, crashed, or has nothing to come back to. Throws AppError `invalid` for settings it can't have. */
  constructor(
    spec: ConsumerSpec,
    parts: ConsumerParts,
    listener: (event: ConsumerEvent) => void,
    onEnded: () => void,
  ) {
    const { broker, topology } = parts
    this.#spec = spec
    this.#parts = parts
    this.#listener = listener
    this.strategy = new STRATEGIES[spec.mode](spec, parts)
    this.strategy.onRemoved = (missed) =>
      this.#life.emit({ type: 'gap', reason: 'retention', missed, awayMs: 0, at: now() })
    this.#life = new ConsumerLife<RabbitSession>({
      failures,
      attachTimeoutMs: ATTACH_TIMEOUT_MS,
      closing: parts.consumers.closing,
      open: (attempt) => this.#open(attempt),
      untilUp: (signal) => {
        this.#lostBroker ||= broker.current === null
        return broker.untilUp(signal)
      },
      onAttaching: (_, absence) => absence && this.#reportAbsence(absence),
      onLost: () => {
        this.#applied = null
        this.#unackedAtLoss = this.#received.release()
      },
      onRetry: (error) => {
        this.#lostBroker ||= failures.toAppError(error).code === 'broker-down'
      },
      goodbye: (session, deadlineMs) =>
        session.leave(deadlineMs, () => this.#reportRequeued(this.#received.release(), 'the worker left')),
      isFinal: (error) => {
        const failure = failures.toAppError(error)
        const isUnknown = isReply(failure, REPLY.NOT_FOUND) && !topology.of(spec.address)
        return isUnknown || failure.code === 'destination-not-found'
      },
      listener: (event) => this.#notify(event),
      onEnded,
    })
    this.#received = new ReceivedMessages(this.strategy, this.#life, parts)
  }

  get spec(): ConsumerSpec {
    return this.#spec
  }

  /** Resolves on consume-ok. Throws AppError `broker-down`, `broker-refused` or `broker-timeout`; nothing is left then. */
  attach(): Promise<void> {
    return this.#life.attach()
  }

  async pause(): Promise<void> {
    this.#received.unacked.pause()
    if (!this.strategy.pausesByCancel || this.#applied === null) return
    await this.#onChannel(async (session) => {
      this.#applied = null
      await session.unsubscribe()
      if (!this.strategy.settles) this.#received.grantCredit(session)
    })
  }

  async resume(): Promise<void> {
    this.#received.unacked.resume()
    await this.#conform()
  }

  // While paused, a changed prefetch takes effect on resume: subscribing again now would fetch a second prefetch on top of the
  // unacked messages. If the broker refuses the settings, the old ones are restored.
  async update(change: Settings): Promise<void> {
    const before = this.#spec
    const settings = this.strategy.changed(before.settings, change)
    this.strategy.update(settings)
    this.#spec = { ...before, settings }
    this.#received.unacked.restart()
    try {
      await this.#conform()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
      this.strategy.update(before.settings)
      this.#spec = before
      throw error
    }
  }

  settle(delivery: number, verb: SettleVerb): Promise<void> {
    return this.#received.settle(delivery, verb)
  }

  async seek(position: Seek): Promise<void> {
    this.strategy.seek(position)
    await this.#conform()
  }

  leave(deadlineMs = LEAVE_TIMEOUT_MS): Promise<void> {
    return this.#life.leave(deadlineMs)
  }

  crash(): Promise<void> {
    return this.#life.crash()
  }

  /** The exchange that it was bound to is gone, which the broker does not report: it comes back, bound anew. */
  unbound(text: string): void {
    if (this.#life.isAttached) this.#life.session?.unbound(text)
  }

  /** Makes its binding again, and emits a gap, if it is missing among all of its exchange, listed at `asked`. Throws AppError. */
  checkBinding(bindings: readonly FoundBinding[], asked: number): Promise<void> {
    const check = async (channel: Channel) => {
      if (!this.strategy.isUnboundIn(bindings, asked)) return
      const awayMs = await this.strategy.bindAgain(channel)
      this.#life.emit({ type: 'gap', reason: 'resubscribed', awayMs, at: now() })
    }
    return this.#onChannel((session) => session.use(check))
  }

  /** Checks the destination, connects and subscribes. */
  async #open({ signal, absence, attached }: Attempt<RabbitSession>): Promise<RabbitSession> {
    const lostAt = this.#lostAt(absence)
    const redeclarations = await this.strategy.ensure(lostAt)
    signal.throwIfAborted()
    const { address, name, route } = this.#spec
    const connection = await this.#parts.connect(`${address}/${name}`, { route })
    const cut = () => void connection.cut('the consumer left while it was attaching')
    signal.addEventListener('abort', cut)
    try {
      signal.throwIfAborted()
      if (absence) this.#noteReturn(redeclarations, lostAt)
      this.#redeclarations = redeclarations
      const session = new RabbitSession(connection, await connection.openChannel(), name, {
        enter: (queue) => this.#parts.ownConsumers.enter(queue),
        onMessage: (current, message, noAck) => {
          // A delivery may be read before the code that waits for consume-ok goes on; it proves that consume-ok came.
          attached(current)
          if (this.#life.session !== current) return
          this.#received.receive(current, message, noAck)
        },
      })
      if (this.#received.unacked.isPaused && this.strategy.pausesByCancel)
        await session.use((channel) => this.strategy.prepare(channel))
      else await this.#subscribe(session)
      return session
    } catch (error) {
      await connection.cut('it could not attach')
      throw error
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  /** When its connection was lost; null where the broker ended only its subscription, and the first time. */
  #lostAt(absence: Absence | null): LostAt {
    if (absence === null) return null
    const { error, since } = absence
    const lostConnection = !(error instanceof SubscriptionLost) || error.by === 'connection'
    return lostConnection || this.#lostBroker ? since : null
  }

  /** The destination from before delivers again what was unacked; a new one has nothing of it. */
  #noteReturn(redeclarations: Redeclarations, lostAt: LostAt): void {
    const isSame = this.#redeclarations === redeclarations
    if (isSame && this.strategy.afterLoss !== 'lost') return
    if (!isSame && lostAt !== null) this.#gap = 'broker-restarted'
    this.#gap ??= 'resubscribed'
    this.strategy.startOver()
  }

  #reportAbsence({ since, error }: Absence): void {
    const [unacked, reason] = [this.#unackedAtLoss, this.#gap]
    this.#unackedAtLoss = []
    this.#gap = null
    this.#lostBroker = false
    if (reason !== null) this.#life.emit({ type: 'gap', reason, awayMs: now() - since, at: now() })
    else this.#reportRequeued(unacked, wordsOf(error))
  }

  /** The broker requeues what a consumer of a queue did not settle, and does not report it. */
  #reportRequeued(deliveries: readonly number[], reason: string): void {
    if (this.strategy.afterLoss !== 'requeued') return
    for (const delivery of deliveries) {
      this.#life.emit({ type: 'requeued', delivery, evidence: 'inferred', at: now(), reason })
    }
  }

  #notify(event: ConsumerEvent): void {
    try {
      this.#listener(event)
    } catch (error) {
      // Thrown on, it would end the channel and the consumer with it.
      const { address, name } = this.#spec
      this.#parts.fault({ address, consumer: name, code: 'listener-failed', text: wordsOf(error) })
    }
  }

  /** Subscribes as the settings ask now. Throws the raw error. */
  #subscribe(session: RabbitSession): Promise<void> {
    this.#applied = null
    return session.subscribe(async (channel) => {
      await this.strategy.prepare(channel)
      this.#applied = this.strategy.subscriptionParameters()
      return this.#applied
    })
  }

  /** Makes the subscription agree with the settings. */
  async #conform(): Promise<void> {
    await this.#onChannel(async (session) => {
      const { strategy } = this
      const isApplied =
        this.#applied !== null && areSameParameters(this.#applied, strategy.subscriptionParameters())
      if (this.#received.unacked.isPaused || isApplied)
        return session.use((channel) => strategy.prepare(channel))
      // What was read before a seek and is not processed yet belongs to the old position.
      if (!strategy.settles) this.#received.grantCredit(session)
      return this.#subscribe(session)
    })
  }

  async #onChannel(step: (session: RabbitSession) => Promise<void>): Promise<void> {
    const { session } = this.#life
    if (session === null || !this.#life.isAttached) return
    try {
      await step(session)
    } catch (error) {
      // It comes back by itself, with its settings as they are then.
      await session.destroy('it could not subscribe anew')
      throw failures.toAppError(error)
    }
  }
}
