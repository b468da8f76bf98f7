import type { ConsumeMessage } from 'amqplib'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import type { ConsumeStrategy, Subscription } from './consume-strategy.ts'
import { deathOf, describeDelivery } from './delivery.ts'
import {
  type DeadLetterPolicy,
  type EnsureCause,
  type Ensured,
  NO_DEAD_LETTERS,
} from './managed-destination.ts'
import type { Identities } from './message-identity.ts'
import { deadLettersOf } from './queue-arguments.ts'
import { parsed, type WorkerSettings, workerSettings } from './settings.ts'
import type { Topology } from './topology.ts'

/** A worker on a queue that it shares with others, or on the dead letters of that queue. */
export class QueueStrategy implements ConsumeStrategy {
  readonly noun = 'worker'
  readonly settingsSchema = workerSettings
  readonly settles = true
  readonly afterLoss = 'requeued'
  readonly #address: string
  readonly #topology: Topology
  readonly #identities: Identities
  #settings: WorkerSettings

  /** Throws AppError `invalid`. */
  constructor({ address, settings }: ConsumerSpec, parts: { topology: Topology; identities: Identities }) {
    this.#address = address
    this.#topology = parts.topology
    this.#identities = parts.identities
    this.#settings = parsed(workerSettings, settings, this.noun)
  }

  get processing(): WorkerSettings {
    return this.#settings
  }

  get pausesByCancel(): boolean {
    return this.#settings.ackMode === 'none'
  }

  get identityKey(): string {
    return this.#queue
  }

  ensure(cause: EnsureCause): Promise<Ensured> {
    return this.#readsDeadLetters
      ? this.#topology.ensureDeadLetters(this.#address)
      : this.#topology.ensure(this.#address, 'queue', cause)
  }

  async prepare(): Promise<void> {
    if (this.#readsDeadLetters) await this.#topology.ensureDeadLetters(this.#address)
  }

  subscription(): Subscription {
    const { prefetch, ackMode } = this.#settings
    return { queue: this.#queue, prefetch, noAck: ackMode === 'none', seeks: 0 }
  }

  describe(message: ConsumeMessage, delivery: number, queueType: string | null): Delivery {
    const { fields, properties, content } = message
    const queue = this.#queue
    if (!this.#readsDeadLetters) {
      return describeDelivery(message, { queue, queueType }, delivery, (id) =>
        this.#identities.of(queue, id, fields.redelivered, content),
      )
    }
    const event = describeDelivery(message, { queue, queueType: 'classic' }, delivery, (id) =>
      this.#identities.of(id === null ? queue : this.#address, id, true, content),
    )
    const death = deathOf(properties, this.#queuePolicy.deliveryLimit)
    return death === null ? event : { ...event, death }
  }

  /** A message rejected from the dead letters is gone. */
  deadLetterPolicy(): DeadLetterPolicy {
    return this.#readsDeadLetters ? NO_DEAD_LETTERS : this.#queuePolicy
  }

  update(settings: Settings): void {
    this.#settings = parsed(workerSettings, settings, this.noun)
  }

  startOver(): void {}

  seek(): never {
    throw new AppError('not-capable', 'A RabbitMQ queue forgets a message once it is acknowledged.')
  }

  position(): null {
    return null
  }

  get #readsDeadLetters(): boolean {
    return this.#settings.reads === 'dead-letters'
  }

  get #queue(): string {
    return this.#readsDeadLetters ? deadLettersOf(this.#address) : this.#address
  }

  get #queuePolicy(): DeadLetterPolicy {
    return this.#topology.of(this.#address)?.deadLetterPolicy ?? NO_DEAD_LETTERS
  }
}
