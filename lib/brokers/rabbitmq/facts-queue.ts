import { type QueueFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { DriverParts } from './parts.ts'
import { deadLettersOf } from './plan.ts'
import { isGone, missing } from './queue.ts'
import { wordsOf } from './reasons.ts'

/** A quorum queue counts itself at its ticks, every 5 s unless its broker's `quorum_tick_interval` says otherwise, which nobody is told. */
const QUORUM_TICK_MS = 5_000

type Looking = Pick<DriverParts, 'control' | 'log' | 'management' | 'topology' | 'presence'>

/**
 * Consumers come from a passive declaration, ready and unacknowledged from the management API, which alone knows the
 * latter. Without that API `unacked` is null and the passive declaration's message count stands for `ready`. So it does
 * for a quorum queue, whose figures in that API are as old as its last tick, `unacked` with them: that is told along.
 * Outside consumers are those that the broker counts and this process has not.
 */
export async function queueFactsOf(parts: Looking, address: string): Promise<QueueFacts> {
  const { management, topology, presence } = parts
  const kept = topology.of(address)
  const ours = presence.at(address)
  const [passive, totals, deadLetters] = await Promise.all([
    passively(parts, address),
    management.totals(address),
    deadLettersFacts(parts, address),
  ])
  const isQuorum = kept?.queueType === 'quorum'
  const own = Math.max(ours, presence.at(address))
  return queueFacts({
    ready: (isQuorum ? null : totals?.messages_ready) ?? passive.messageCount,
    unacked: totals?.messages_unacknowledged ?? null,
    unackedMaxAgeMs: isQuorum && totals ? QUORUM_TICK_MS : null,
    consumers: passive.consumerCount,
    outside: Math.max(0, passive.consumerCount - own),
    durable: totals?.durable ?? kept?.durable ?? null,
    deadLetters,
  })
}

/** Only where this process looks after them: others' may go anywhere. */
async function deadLettersFacts(parts: Looking, address: string): Promise<QueueFacts['deadLetters']> {
  const { topology, management, log } = parts
  if (!topology.of(address)?.helper) return null
  const queue = deadLettersOf(address)
  const totals = await management.totals(queue)
  if (totals?.messages_ready !== undefined) return { queue, ready: totals.messages_ready }
  const passive = await passively(parts, queue).catch((error: unknown) => {
    // Unknown is what it says then; the queue itself has its facts all the same.
    log.debug(
      { code: 'dead-letters-unknown', queue, reason: wordsOf(error) },
      'dead letters were not counted',
    )
    return null
  })
  return { queue, ready: passive?.messageCount ?? null }
}

/** Throws AppError `broker-refused` in words for a queue that is gone. */
function passively({ control }: Pick<DriverParts, 'control'>, queue: string) {
  return control
    .withChannel((channel) => channel.checkQueue(queue))
    .catch((error: unknown) => {
      throw isGone(error) ? missing(queue) : error
    })
}
