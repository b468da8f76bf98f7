import { z } from 'zod'

/**
 * Where one copy of a message sits on its broker, in that broker's own terms.
 * `queue`: a RabbitMQ delivery. `channel`: a pub/sub hand-over, nothing is stored. `item`: an element of a list, which
 * has no name of its own. `entry`: a stream entry (a Redis entry id, a RabbitMQ stream offset). `offset`: a record of a
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
     * How many entries were appended before it, where its name is no count: as its reader counted, who may have begun or
     * gone on anywhere. Absent where the reader did not know its own place.
     */
    index: z.number().int().nonnegative().optional(),
  }),
  z.object({ kind: z.literal('offset'), topic: z.string(), partition: z.number(), offset: z.string() }),
])
export type Address = z.infer<typeof addressSchema>
