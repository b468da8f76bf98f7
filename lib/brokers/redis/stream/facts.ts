import { z } from 'zod'
import { type QueueFacts, queueFacts } from '#lib/protocol/facts.ts'
import { answer, readConsumers, readGroups } from '../info.ts'
import type { Link } from '../link.ts'
import { asOperationError } from '../reasons.ts'
import { GROUP, RELEASED_IDLE_MS } from './group.ts'
import type { StreamPlace } from './place.ts'

/** How many pending entries are looked at for the oldest of each consumer. */
const PENDING_COUNT = 200
const pendingSchema = z.array(z.tuple([z.string(), z.string(), z.number(), z.number()]))

/**
 * A stream's facts in one round trip. `ready` is the group's lag: what was never handed out to anybody. A consumer counts
 * until it is taken off the group, whether its program lives or not: Redis does not know. What a worker gave back waits
 * for the next to claim it under the old name, its idle time untold. Throws AppError.
 */
export async function readStreamFacts({ redis }: Link, place: StreamPlace): Promise<QueueFacts> {
  const { address, dead, ours } = place
  try {
    const replies = await redis
      .pipeline()
      .call('XINFO', 'GROUPS', address)
      .call('XINFO', 'CONSUMERS', address, GROUP)
      .call('XPENDING', address, GROUP, '-', '+', String(PENDING_COUNT))
      .xlen(dead)
      .exec()
    const group = readGroups(answer(replies, 0) ?? []).find(({ name }) => name === GROUP)
    if (!group) return nothing(place)
    const consumers = readConsumers(answer(replies, 1) ?? [])
    const oldest = oldestByConsumer(answer(replies, 2))
    return queueFacts({
      ready: group.lag,
      unacked: group.pending,
      consumers: consumers.length,
      durable: null,
      outside: consumers.filter(({ name }) => !ours.has(name)).length,
      pending: consumers.map(({ name, pending }) => ({
        consumer: name,
        outside: !ours.has(name),
        count: pending,
        idleMs: oldest.get(name) ?? null,
      })),
      deadLetters: place.settings().deadLetters
        ? { queue: dead, ready: z.number().parse(answer(replies, 3)) }
        : null,
    })
  } catch (error) {
    throw asOperationError(error)
  }
}

const nothing = ({ settings, dead }: StreamPlace): QueueFacts =>
  queueFacts({
    ready: 0,
    unacked: 0,
    consumers: 0,
    durable: null,
    outside: 0,
    deadLetters: settings().deadLetters ? { queue: dead, ready: 0 } : null,
  })

/** Beyond this an idle time says only that the entry was given back. */
const GIVEN_BACK_MS = RELEASED_IDLE_MS / 2

function oldestByConsumer(reply: unknown): Map<string, number> {
  const oldest = new Map<string, number>()
  for (const [, consumer, idleMs] of pendingSchema.parse(reply ?? [])) {
    if (idleMs < GIVEN_BACK_MS) oldest.set(consumer, Math.max(idleMs, oldest.get(consumer) ?? 0))
  }
  return oldest
}
