import { z } from 'zod'

/**
 * What a broker said about one destination, read back from the broker. `null` means that it could not be known.
 * The shape follows the mode, never the system, so that one figure draws it for every broker.
 */
export const queueFactsSchema = z.object({
  mode: z.literal('queue'),
  ready: z.number().nullable(),
  /** Handed out and not settled (RabbitMQ: unacknowledged; Redis streams: pending). */
  unacked: z.number().nullable(),
  consumers: z.number().nullable(),
  durable: z.boolean().nullable(),
})

export const fanoutFactsSchema = z.object({
  mode: z.literal('fanout'),
  /** Subscriptions (Redis) or bound queues (RabbitMQ) now, whoever owns them. */
  subscribers: z.number().nullable(),
  /** Bytes the broker holds for each consumer of ours that reads too slowly. */
  outputBuffers: z.array(z.object({ consumer: z.string(), bytes: z.number() })),
})

export const groupFactsSchema = z.object({
  group: z.string(),
  state: z.string(),
  members: z.array(
    z.object({
      /** The consumer's name when it is one of this room's, else null. */
      consumer: z.string().nullable(),
      clientId: z.string(),
      outside: z.boolean(),
      partitions: z.array(z.number()),
    }),
  ),
  /** Committed offset per partition; `null` = never committed, so the lag is unknown. */
  committed: z.array(z.object({ partition: z.number(), offset: z.string().nullable() })),
  lag: z.number().nullable(),
})

export const logFactsSchema = z.object({
  mode: z.literal('log'),
  partitions: z.array(z.object({ partition: z.number(), low: z.string(), end: z.string() })),
  groups: z.array(groupFactsSchema),
  retentionMs: z.number().nullable(),
})

export const factsSchema = z.discriminatedUnion('mode', [queueFactsSchema, fanoutFactsSchema, logFactsSchema])
export type QueueFacts = z.infer<typeof queueFactsSchema>
export type FanoutFacts = z.infer<typeof fanoutFactsSchema>
export type GroupFacts = z.infer<typeof groupFactsSchema>
export type LogFacts = z.infer<typeof logFactsSchema>
export type Facts = z.infer<typeof factsSchema>
