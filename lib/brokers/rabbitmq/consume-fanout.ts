import { randomBytes } from 'node:crypto'
import type { Channel } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { ConsumerSpec } from '../contract.ts'
import { type ConsumeStrategy, withoutPositions } from './consume-strategy.ts'
import { describeDelivery } from './delivery.ts'
import { NO_DEAD_LETTERS } from './managed-destination.ts'
import { type Copies, fingerprintOf, type Identities } from './message-identity.ts'
import type { OwnQueues } from './own-consumers.ts'
import { parseHeaders } from './routing.ts'
import { parsed, type SubscriberSettings, subscriberSettings } from './settings.ts'
import type { Topology } from './topology.ts'

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
}

interface FanoutParts {
  topology: Topology
  identities: Identities
  copies: Copies
  ownQueues: OwnQueues
}

/**
 * A subscriber with a queue exclusive to its connection, so that the broker deletes the queue however the connection
 * ends. It isn't auto-delete: then unsubscribing for a moment, to pause or to change the prefetch, would delete it with
 * all that waits in it. Throws AppError `invalid`.
 */
export function createFanoutStrategy(spec: ConsumerSpec, parts: FanoutParts): ConsumeStrategy {
  const { address, name } = spec
  const { topology, identities, copies, ownQueues } = parts
  let settings = parsed(subscriberSettings, spec.settings, 'subscriber')
  let bound: BoundQueue | null = null
  const exchangeType = () => topology.of(address)?.exchangeType ?? null

  const identityOf = (
    messageId: string | null,
    redelivered: boolean,
    key: string,
    body: Uint8Array,
  ): string => {
    if (messageId !== null || redelivered) {
      return identities.of(messageId === null ? `${address}/${name}` : address, messageId, redelivered, body)
    }
    return copies.nameOf(address, name, bound?.boundAt ?? 0, `${key} ${fingerprintOf(body)}`)
  }
  return {
    ...withoutPositions('An exchange keeps nothing, and a queue forgets a message once it is acknowledged.'),
    noun: 'subscriber',
    settingsSchema: subscriberSettings,
    settles: true,
    afterLoss: 'lost',
    identityKey: `${address}/${name}`,
    get processing() {
      return settings
    },
    get pausesByCancel() {
      return settings.ackMode === 'none'
    },
    ensure: (cause) => topology.ensure(address, 'fanout', cause),
    prepare: async (channel) => {
      const asked = bindingOf(settings, exchangeType())
      if (bound?.channel !== channel) {
        const queue = `${address}.${name}.${randomBytes(SUFFIX_BYTES).toString('base64url')}`
        ownQueues.add(queue, name)
        await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: false })
        await channel.bindQueue(queue, address, asked.key, asked.arguments)
        bound = { channel, queue, ...asked, boundAt: now() }
        return
      }
      const before = bound
      if (isSameBinding(before, asked)) return
      // The new binding first: nothing that both match is missed.
      await channel.bindQueue(before.queue, address, asked.key, asked.arguments)
      bound = { ...before, ...asked }
      await channel.unbindQueue(before.queue, address, before.key, before.arguments)
    },
    subscription: () => ({
      queue: bound?.queue ?? '',
      prefetch: settings.prefetch,
      noAck: settings.ackMode === 'none',
      seeks: 0,
    }),
    describe: (message, delivery) => {
      const { fields, content } = message
      const source = { queue: bound?.queue ?? address, queueType: 'classic' }
      const event = describeDelivery(message, source, delivery, (id) =>
        identityOf(id, fields.redelivered, fields.routingKey, content),
      )
      return fields.routingKey === '' ? event : { ...event, key: fields.routingKey }
    },
    deadLetterPolicy: () => NO_DEAD_LETTERS,
    update: (next) => {
      settings = parsed(subscriberSettings, next, 'subscriber')
    },
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
