import type { ConsumeMessage } from 'amqplib'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import { ConsumeStrategy, type StrategyParts, type SubscriptionParameters } from './consume-strategy.ts'
import { deathOf, describeFromQueue, wasDead } from './delivery.ts'
import {
  type DeadLetterPolicy,
  type LostAt,
  NO_DEAD_LETTERS,
  type Redeclarations,
} from './managed-destination.ts'
import { deadLettersOf } from './queue-arguments.ts'
import { type WorkerSettings, workerSettings } from './settings.ts'

/** A worker on a queue that it shares with others, or on the dead letters of that queue. */
export class QueueStrategy extends ConsumeStrategy<typeof workerSettings> {
  readonly afterLoss = 'requeued'
  constructor(spec: ConsumerSpec, parts: StrategyParts) {
    super(spec, parts, 'worker', workerSettings)
  }

  get processing(): WorkerSettings {
    return this.settings
  }

  /** Who reads dead letters looks at them, and processes nothing. */
  override get processes(): boolean {
    return !this.#readsDeadLetters
  }

  get identityKey(): string {
    return this.#queue
  }

  /** A message rejected from the dead letters is gone. */
  override get deadLetterPolicy(): DeadLetterPolicy {
    return this.#readsDeadLetters ? NO_DEAD_LETTERS : this.#queuePolicy
  }

  override ensure(lostAt: LostAt): Promise<Redeclarations> {
    return this.#readsDeadLetters
      ? this.parts.topology.ensureDeadLetters(this.spec.address)
      : super.ensure(lostAt)
  }

  async prepare(): Promise<void> {
    if (this.#readsDeadLetters) await this.parts.topology.ensureDeadLetters(this.spec.address)
  }

  subscriptionParameters(): SubscriptionParameters {
    const { prefetch, ackMode } = this.settings
    return { queue: this.#queue, prefetch, noAck: ackMode === 'none', seeks: 0 }
  }

  describe(message: ConsumeMessage, delivery: number): Delivery {
    const { fields, properties, content } = message
    const { identities, topology } = this.parts
    const queue = this.#queue
    if (!this.#readsDeadLetters) {
      const source = { queue, queueType: topology.of(queue)?.type ?? null }
      return describeFromQueue(message, source, delivery, (messageId) => {
        if (messageId === null) return identities.ofUnnamed(queue, fields.redelivered, content)
        const redelivered = fields.redelivered || wasDead(properties)
        const arrival = { at: queue, home: queue, messageId, body: content }
        return identities.ofNamed({ ...arrival, mayBeKnown: redelivered, redelivered })
      })
    }
    const event = describeFromQueue(message, { queue, queueType: 'classic' }, delivery, (messageId) => {
      if (messageId === null) return identities.ofUnnamed(queue, true, content)
      const arrival = { at: queue, home: this.spec.address, messageId, body: content }
      return identities.ofNamed({ ...arrival, mayBeKnown: true, redelivered: fields.redelivered })
    })
    const death = deathOf(properties, this.#queuePolicy.deliveryLimit)
    return death === null ? event : { ...event, death }
  }

  get #readsDeadLetters(): boolean {
    return this.settings.reads === 'dead-letters'
  }

  get #queue(): string {
    return this.#readsDeadLetters ? deadLettersOf(this.spec.address) : this.spec.address
  }

  get #queuePolicy(): DeadLetterPolicy {
    return this.parts.topology.of(this.spec.address)?.deadLetterPolicy ?? NO_DEAD_LETTERS
  }
}
