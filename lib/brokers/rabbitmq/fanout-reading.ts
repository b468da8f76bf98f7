import { randomBytes } from 'node:crypto'
import type { Channel } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { ConsumerSpec } from '../contract.ts'
import type { Copies } from './copies.ts'
import { describeDelivery } from './delivery.ts'
import { type SubscriberSettings, subscriberSettings } from './exchange-settings.ts'
import { fingerprintOf, type Identities } from './identity.ts'
import { type Reading, type Work, withoutPositions } from './reading.ts'
import { parseHeaders } from './routing.ts'
import { parsed } from './settings.ts'
import type { Topology } from './topology.ts'

/** Tells two queues of the same consumer apart: the broker may still hold the one of a connection just lost. */
const SUFFIX_BYTES = 4

interface Bound {
  channel: Channel
  queue: string
  key: string
  arguments: Record<string, string>
  since: number
}

interface FanoutParts {
  topology: Topology
  identities: Identities
  copies: Copies
  /** Remembers whose this queue is. */
  ownQueue(queue: string, consumer: string): void
}

/**
 * A subscriber with a queue of its own, exclusive to its connection, so that the broker deletes it whichever way that
 * ends. It isn't auto-delete besides: then unsubscribing for a moment, to pause or to change the prefetch, would delete
 * it too, with all that waits in it. Throws AppError `invalid`.
 */
export function createFanoutReading(spec: ConsumerSpec, parts: FanoutParts): Reading {
  const { address, name } = spec
  const { topology, identities, copies } = parts
  let settings = parsed(subscriberSettings, spec.settings, 'subscriber')
  let work: Work = { ...settings, acks: settings.ackMode }
  let bound: Bound | null = null
  const kind = () => topology.of(address)?.exchangeType ?? null

  const identityOf = (
    messageId: string | null,
    redelivered: boolean,
    key: string,
    body: Uint8Array,
  ): string => {
    if (messageId !== null || redelivered) {
      return identities.of(messageId === null ? `${address}/${name}` : address, messageId, redelivered, body)
    }
    return copies.nameOf(address, name, bound?.since ?? 0, `${key} ${fingerprintOf(body)}`)
  }
  return {
    ...withoutPositions('An exchange keeps nothing, and a queue forgets a message once it is acknowledged.'),
    settles: true,
    afterLoss: 'lost',
    identityKey: `${address}/${name}`,
    get work() {
      return work
    },
    get pausesByCancel() {
      return settings.ackMode === 'none'
    },
    ensure: (occasion) => topology.ensure(address, 'fanout', occasion),
    prepare: async (channel) => {
      const asked = bindingOf(settings, kind())
      if (bound?.channel !== channel) {
        const queue = `${address}.${name}.${randomBytes(SUFFIX_BYTES).toString('base64url')}`
        parts.ownQueue(queue, name)
        await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: false })
        await channel.bindQueue(queue, address, asked.key, asked.arguments)
        bound = { channel, queue, ...asked, since: now() }
        return
      }
      const before = bound
      if (JSON.stringify(bindingOfBound(before)) === JSON.stringify(asked)) return
      // The new one first: nothing that both take is missed.
      await channel.bindQueue(before.queue, address, asked.key, asked.arguments)
      bound = { ...before, ...asked }
      await channel.unbindQueue(before.queue, address, before.key, before.arguments)
    },
    subscription: () => ({
      queue: bound?.queue ?? '',
      prefetch: settings.prefetch,
      noAck: settings.ackMode === 'none',
      placed: 0,
    }),
    describe: (message, delivery) => {
      const { fields, content } = message
      const where = { queue: bound?.queue ?? address, kind: 'classic' }
      const event = describeDelivery(message, where, delivery, (id) =>
        identityOf(id, fields.redelivered, fields.routingKey, content),
      )
      return fields.routingKey === '' ? event : { ...event, key: fields.routingKey }
    },
    fate: () => ({ deadLetters: null, deliveryLimit: null }),
    accept: (next) => {
      settings = parsed(subscriberSettings, next, 'subscriber')
      work = { ...settings, acks: settings.ackMode }
    },
  }
}

const bindingOfBound = ({ key, arguments: given }: Bound) => ({ key, arguments: given })

/** Only a headers exchange looks at arguments, and only others at the key. */
function bindingOf(settings: SubscriberSettings, exchange: string | null) {
  if (exchange !== 'headers') return { key: exchange === 'fanout' ? '' : settings.bindingKey, arguments: {} }
  return {
    key: '',
    arguments: { 'x-match': settings.headersMatch, ...parseHeaders(settings.bindingHeaders) },
  }
}
