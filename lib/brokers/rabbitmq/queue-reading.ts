import type { ConsumerSpec } from '../contract.ts'
import { deathOf } from './death.ts'
import { describeDelivery } from './delivery.ts'
import type { Identities } from './identity.ts'
import { workerSettings } from './manifest-queue.ts'
import { deadLettersOf } from './plan.ts'
import { type Reading, type Work, withoutPositions } from './reading.ts'
import { parsed } from './settings.ts'
import type { Topology } from './topology.ts'

const NO_FATE = { deadLetters: null, deliveryLimit: null }

/** A worker at a queue that it shares with others, or at the dead letters of that queue. Throws AppError `invalid`. */
export function createQueueReading(
  { address, settings: first }: ConsumerSpec,
  topology: Topology,
  identities: Identities,
): Reading {
  let settings = parsed(workerSettings, first, 'worker')
  let work: Work = { ...settings, acks: settings.ackMode }
  const deadLetters = deadLettersOf(address)
  const readsDead = () => settings.reads === 'dead-letters'
  const fate = () => topology.of(address)?.fate ?? NO_FATE
  return {
    ...withoutPositions('A RabbitMQ queue forgets a message once it is acknowledged.'),
    settles: true,
    afterLoss: 'requeued',
    get work() {
      return work
    },
    get pausesByCancel() {
      return settings.ackMode === 'none'
    },
    get identityKey() {
      return readsDead() ? deadLetters : address
    },
    ensure: (occasion) =>
      readsDead() ? topology.ensureDeadLetters(address) : topology.ensure(address, 'queue', occasion),
    prepare: async () => {
      if (readsDead()) await topology.ensureDeadLetters(address)
    },
    subscription: () => ({
      queue: readsDead() ? deadLetters : address,
      prefetch: settings.prefetch,
      noAck: settings.ackMode === 'none',
      placed: 0,
    }),
    describe: (message, delivery, kind) => {
      if (!readsDead()) {
        return describeDelivery(message, { queue: address, kind }, delivery, (id) =>
          identities.of(address, id, message.fields.redelivered, message.content),
        )
      }
      const where = { queue: deadLetters, kind: 'classic' }
      const event = describeDelivery(message, where, delivery, (id) =>
        identities.of(id === null ? deadLetters : address, id, true, message.content),
      )
      const death = deathOf(message.properties, fate().deliveryLimit)
      return death === null ? event : { ...event, death }
    },
    // What is rejected out of the dead letters goes nowhere further.
    fate: () => (readsDead() ? NO_FATE : fate()),
    accept: (next) => {
      settings = parsed(workerSettings, next, 'worker')
      work = { ...settings, acks: settings.ackMode }
    },
  }
}
