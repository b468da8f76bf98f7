import { AppError } from '#lib/protocol/errors.ts'
import { type QueueFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { Control } from './control.ts'
import type { Management } from './management.ts'
import { missing } from './queue.ts'
import { REPLY } from './reasons.ts'

/**
 * A queue's facts, fresh from the broker: consumers from a passive declaration, ready and unacknowledged from the
 * management API, which alone knows the latter. Without that API `unacked` is null and the passive declaration's message
 * count stands for `ready`. Throws AppError `broker-refused` when the queue is gone.
 */
export async function readQueueFacts(
  control: Control,
  management: Management,
  address: string,
  knownDurable: boolean | null,
): Promise<QueueFacts> {
  const [passive, totals] = await Promise.all([
    control
      .withChannel((channel) => channel.checkQueue(address))
      .catch((error) => {
        const gone = error instanceof AppError && error.detail?.replyCode === REPLY.NOT_FOUND
        throw gone ? missing(address) : error
      }),
    management.totals(address),
  ])
  return queueFacts({
    ready: totals?.messages_ready ?? passive.messageCount,
    unacked: totals?.messages_unacknowledged ?? null,
    consumers: passive.consumerCount,
    durable: totals?.durable ?? knownDurable,
  })
}
