import * as z from 'zod'
import { unreachable } from '#lib/util/unreachable.ts'

/**
 * Where one copy of a message sits on its broker, in that broker's own terms.
 * `queue`: a RabbitMQ delivery. `channel`: passed on by publish/subscribe, not stored. `item`: an element of a list,
 * which has no id of its own. `entry`: a stream entry (a Redis entry id, a RabbitMQ stream offset). `offset`: a record of a
 * partitioned log.
 */
export const addressSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('queue'),
    queue: z.string(),
    exchange: z.string(),
    routingKey: z.string(),
    deliveryTag: z.number(),
  }),
  z.object({ kind: z.literal('channel'), channel: z.string(), pattern: z.string().optional() }),
  z.object({ kind: z.literal('item'), list: z.string() }),
  z.object({
    kind: z.literal('entry'),
    stream: z.string(),
    id: z.string(),
    /**
     * How many entries were appended before it, where its id is not a count: as its reader counted, which may have begun
     * anywhere. Absent where the reader did not know its own position.
     */
    index: z.number().int().nonnegative().optional(),
  }),
  z.object({ kind: z.literal('offset'), topic: z.string(), partition: z.number(), offset: z.string() }),
])
export type Address = z.infer<typeof addressSchema>

/** The name of the queue, channel, list, stream or topic that an address is in. */
export function addressName(address: Address): string {
  switch (address.kind) {
    case 'queue':
      return address.queue
    case 'channel':
      return address.channel
    case 'item':
      return address.list
    case 'entry':
      return address.stream
    case 'offset':
      return address.topic
    default:
      return unreachable(address)
  }
}

/** The partition that an address is in; a stream has one, partition 0. Null where there are no partitions. */
export const addressPartition = (address: Address): number | null =>
  address.kind === 'offset' ? address.partition : address.kind === 'entry' ? 0 : null
