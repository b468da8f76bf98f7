import { randomBytes } from 'node:crypto'
import type { Channel, ConsumeMessage } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import { digestOf } from '#lib/util/digest.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import { ConsumeStrategy, type StrategyParts, type SubscriptionParameters } from './consume-strategy.ts'
import { describeFromQueue, propertiesDigest } from './delivery.ts'
import type { FoundBinding } from './management.ts'
import { fingerprintOf } from './message-identity.ts'
import { parseHeaders } from './routing.ts'
import { type SubscriberSettings, subscriberSettings } from './settings.ts'

/** Makes a new queue's name differ from that of a connection just lost, which the broker may still hold. */
const SUFFIX_BYTES = 4

/** The subscriber's exclusive queue and its binding. */
interface BoundQueue {
  channel: Channel
  queue: string
  key: string
  arguments: Record<string, string>
  /** Milliseconds since the epoch. */
  boundAt: number
  /** When the binding was last made or changed, or the broker last listed it. */
  heldAt: number
}

/**
 * A subscriber with a queue exclusive to its connection, so that the broker deletes the queue however the connection
 * ends. It isn't auto-delete: then unsubscribing for a moment, to pause or to change the prefetch, would delete it with
 * all that waits in it.
 */
export class FanoutStrategy extends ConsumeStrategy<typeof subscriberSettings> {
  readonly afterLoss = 'lost'
  readonly identityKey: string
  readonly #exchange: string
  #bound: BoundQueue | null = null

  constructor(spec: ConsumerSpec, parts: StrategyParts) {
    super(spec, parts, 'subscriber', subscriberSettings)
    this.#exchange = spec.address
    this.identityKey = `${spec.address}/${spec.name}`
  }

  get processing(): SubscriberSettings {
    return this.settings
  }

  async prepare(channel: Channel): Promise<void> {
    const type = this.parts.topology.of(this.#exchange)?.type ?? null
    const asked = bindingOf(this.settings, type)
    const bound = this.#bound
    if (bound?.channel !== channel) {
      this.#bound = await this.#bindNew(channel, asked)
      return
    }
    if (isSameBinding(bound, asked)) return
    // The new binding first: nothing that both match is missed.
    await channel.bindQueue(bound.queue, this.#exchange, asked.key, asked.arguments)
    this.#bound = { ...bound, ...asked, heldAt: now() }
    await channel.unbindQueue(bound.queue, this.#exchange, bound.key, bound.arguments)
  }

  override isUnboundIn(bindings: readonly FoundBinding[], asked: number): boolean {
    const bound = this.#bound
    if (bound === null || bound.heldAt >= asked) return false
    const isOwn = (one: FoundBinding) => one.destination === bound.queue && one.routing_key === bound.key
    if (!bindings.some(isOwn)) return true
    bound.heldAt = asked
    return false
  }

  override async bindAgain(channel: Channel): Promise<number> {
    const bound = this.#bound
    if (bound?.channel !== channel) return 0
    const binding = bindingOf(this.settings, this.parts.topology.of(this.#exchange)?.type ?? null)
    await channel.bindQueue(bound.queue, this.#exchange, binding.key, binding.arguments)
    const at = now()
    this.#bound = { ...bound, ...binding, heldAt: at }
    return at - bound.heldAt
  }

  subscriptionParameters(): SubscriptionParameters {
    const { prefetch, ackMode } = this.settings
    return { queue: this.#bound?.queue ?? '', prefetch, noAck: ackMode === 'none', seeks: 0 }
  }

  describe(message: ConsumeMessage, delivery: number): Delivery {
    const source = { queue: this.#bound?.queue ?? this.#exchange, queueType: 'classic' }
    const event = describeFromQueue(message, source, delivery, (id) => this.#identityOf(id, message))
    const { routingKey } = message.fields
    return routingKey === '' ? event : { ...event, key: routingKey }
  }

  async #bindNew(channel: Channel, binding: Binding): Promise<BoundQueue> {
    const suffix = randomBytes(SUFFIX_BYTES).toString('base64url')
    const queue = `${this.#exchange}.${this.spec.name}.${suffix}`
    this.parts.ownQueues.add(queue, this.spec.name)
    await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: false })
    await channel.bindQueue(queue, this.#exchange, binding.key, binding.arguments)
    const at = now()
    return { channel, queue, ...binding, boundAt: at, heldAt: at }
  }

  /** All copies of one message bear the same key and properties, by which two with equal bodies are told apart. */
  #identityOf(messageId: string | null, { fields, properties, content }: ConsumeMessage): string {
    const { identities, copies } = this.parts
    const { redelivered, routingKey } = fields
    const beside = propertiesDigest(properties) - digestOf(Buffer.from(routingKey))
    if (messageId !== null) {
      const arrival = { at: this.identityKey, home: this.#exchange, messageId, body: content, beside }
      return identities.ofNamed({ ...arrival, mayBeKnown: redelivered, redelivered })
    }
    if (redelivered) return identities.ofUnnamed(this.identityKey, true, content)
    const fingerprint = `${beside} ${fingerprintOf(content)}`
    return copies.nameOf(this.#exchange, this.spec.name, this.#bound?.boundAt ?? 0, fingerprint)
  }
}

type Binding = Pick<BoundQueue, 'key' | 'arguments'>

const isSameBinding = (one: Binding, other: Binding): boolean =>
  one.key === other.key && JSON.stringify(one.arguments) === JSON.stringify(other.arguments)

/** A headers exchange ignores the key; the others ignore the arguments. */
function bindingOf(settings: SubscriberSettings, exchangeType: string | null): Binding {
  if (exchangeType !== 'headers')
    return { key: exchangeType === 'fanout' ? '' : settings.bindingKey, arguments: {} }
  return {
    key: '',
    arguments: { 'x-match': settings.headersMatch, ...parseHeaders(settings.bindingHeaders) },
  }
}
