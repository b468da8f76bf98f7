import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { RoomConsumer } from './room-consumer.ts'
import type { RoomParts } from './room-parts.ts'

/** Resolves once everything that is still to be declared is, as far as its broker is up: a room may just be waking. */
export async function pendingDeclared({ destinations, topology }: RoomParts): Promise<void> {
  const pending = destinations.list().filter(({ now }) => now.state === 'pending')
  const systems = new Set(pending.map(({ now }) => now.system))
  await Promise.all(Array.from(systems, (system) => topology.settled(system)))
}

/** A consumer for a command: a room that is just waking attaches it first. Throws `consumer-not-found`, `ambiguous-name`. */
export async function attachedConsumer(
  { consumers, topology }: RoomParts,
  asked: string,
): Promise<RoomConsumer> {
  const consumer = consumers.find(asked)
  const { state, reason, system } = consumer.now
  if (state === 'attaching' || reason === CONSUMER_REASONS.asleep) await topology.settled(system)
  return consumer
}
