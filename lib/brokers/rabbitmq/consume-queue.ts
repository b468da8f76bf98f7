import type { ConsumerSpec } from '../contract.ts'
import { type ConsumeStrategy, withoutPositions } from './consume-strategy.ts'
import { deathOf, describeDelivery } from './delivery.ts'
import { NO_DEAD_LETTERS } from './managed-destination.ts'
import type { Identities } from './message-identity.ts'
import { deadLettersOf } from './queue-arguments.ts'
import { parsed, workerSettings } from './settings.ts'
import type { Topology } from './topology.ts'

/** A worker on a queue that it shares with others, or on the dead letters of that queue. Throws AppError `invalid`. */
export function createQueueStrategy(
  { address, settings: first }: ConsumerSpec,
  { topology, identities }: { topology: Topology; identities: Identities },
): ConsumeStrategy {
  let settings = parsed(workerSettings, first, 'worker')
  const deadLetters = deadLettersOf(address)
  const readsDeadLetters = () => settings.reads === 'dead-letters'
  const policy = () => topology.of(address)?.deadLetterPolicy ?? NO_DEAD_LETTERS
  return {
    ...withoutPositions('A RabbitMQ queue forgets a message once it is acknowledged.'),
    noun: 'worker',
    settingsSchema: workerSettings,
    settles: true,
    afterLoss: 'requeued',
    get processing() {
      return settings
    },
    get pausesByCancel() {
      return settings.ackMode === 'none'
    },
    get identityKey() {
      return readsDeadLetters() ? deadLetters : address
    },
    ensure: (cause) =>
      readsDeadLetters() ? topology.ensureDeadLetters(address) : topology.ensure(address, 'queue', cause),
    prepare: async () => {
      if (readsDeadLetters()) await topology.ensureDeadLetters(address)
    },
    subscription: () => ({
      queue: readsDeadLetters() ? deadLetters : address,
      prefetch: settings.prefetch,
      noAck: settings.ackMode === 'none',
      seeks: 0,
    }),
    describe: (message, delivery, queueType) => {
      if (!readsDeadLetters()) {
        return describeDelivery(message, { queue: address, queueType }, delivery, (id) =>
          identities.of(address, id, message.fields.redelivered, message.content),
        )
      }
      const source = { queue: deadLetters, queueType: 'classic' }
      const event = describeDelivery(message, source, delivery, (id) =>
        identities.of(id === null ? deadLetters : address, id, true, message.content),
      )
      const death = deathOf(message.properties, policy().deliveryLimit)
      return death === null ? event : { ...event, death }
    },
    // A message rejected from the dead letters is gone.
    deadLetterPolicy: () => (readsDeadLetters() ? NO_DEAD_LETTERS : policy()),
    update: (next) => {
      settings = parsed(workerSettings, next, 'worker')
    },
  }
}
