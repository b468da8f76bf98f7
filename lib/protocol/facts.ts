import * as z from 'zod'

/**
 * What a broker said about one destination, read back from the broker. `null` means that it could not be known.
 * The shape follows the mode, never the system, so that one figure draws it for every broker.
 */
export const queueFactsSchema = z.object({
  mode: z.literal('queue'),
  ready: z.number().nullable(),
  /** Handed out and not settled (RabbitMQ: unacknowledged; Redis streams: pending). */
  unacked: z.number().nullable(),
  /** How much older than the other figures `unacked` may be; null where it is as fresh. */
  unackedMaxAgeMs: z.number().nullable().default(null),
  consumers: z.number().nullable(),
  durable: z.boolean().nullable(),
  /** Those among `consumers` that are programs outside; null where the broker does not distinguish them. */
  outside: z.number().nullable().default(null),
  /** How many deliveries each consumer holds unacked and for how long the oldest, where the broker counts by consumer. */
  pending: z
    .array(
      z.object({
        /** As the room calls it; the broker's own name where it is an outside one. */
        consumer: z.string(),
        outside: z.boolean(),
        count: z.number(),
        idleMs: z.number().nullable(),
      }),
    )
    .default([]),
  /** Where dead letters of this queue go, and how many wait there; null where they go nowhere. */
  deadLetters: z.object({ queue: z.string(), ready: z.number().nullable() }).nullable().default(null),
  /** For queues that are shares of a log: its partitions, and what their group has read. */
  partitions: z
    .array(
      z.object({
        partition: z.number(),
        low: z.string(),
        end: z.string(),
        committed: z.string().nullable(),
      }),
    )
    .default([]),
})

export const fanoutFactsSchema = z.object({
  mode: z.literal('fanout'),
  /** Subscriptions (Redis) or bound queues (RabbitMQ) now, whoever owns them. */
  subscribers: z.number().nullable(),
  /** Bytes the broker holds for each consumer of ours that reads too slowly. */
  outputBuffers: z.array(z.object({ consumer: z.string(), bytes: z.number() })),
  /** Those among `subscribers` that are programs outside; null where the broker does not distinguish them. */
  outside: z.number().nullable().default(null),
  /** Subscriptions by pattern that match, within `subscribers` or beside it as the broker counts; null where there are none. */
  patterns: z.number().nullable().default(null),
  /** How many messages wait in each consumer's own place on the broker (its queue, its group's lag). */
  waiting: z.array(z.object({ consumer: z.string(), messages: z.number().nullable() })).default([]),
  /** What the exchange routes by, binding by binding, outside ones included. */
  bindings: z
    .array(
      z.object({
        /** The consumer whose binding it is; null for an outside queue, named by `to`. */
        consumer: z.string().nullable(),
        to: z.string(),
        key: z.string(),
        arguments: z.string().optional(),
      }),
    )
    .default([]),
  /** How many partitions keep what is sent; null where there is no such thing. */
  partitions: z.number().nullable().default(null),
  /** Where messages go that nobody's binding takes, and how many wait there; null where they go nowhere. */
  unrouted: z.object({ queue: z.string(), ready: z.number().nullable() }).nullable().default(null),
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
  /** The group's generation as the broker counts its rebalances; null where it is not reported. */
  generation: z.number().nullable().default(null),
})

export const logFactsSchema = z.object({
  mode: z.literal('log'),
  /**
   * `low` is the oldest position kept, `end` the next one to be written, both counts from 0: where a broker names entries
   * otherwise, how many were ever added, and `last` is its own name for the newest.
   */
  partitions: z.array(
    z.object({ partition: z.number(), low: z.string(), end: z.string(), last: z.string().optional() }),
  ),
  groups: z.array(groupFactsSchema),
  /** Readers without a group: the next position of each, and how far it lies behind; null where it isn't known. */
  readers: z
    .array(z.object({ consumer: z.string(), position: z.string().nullable(), lag: z.number().nullable() }))
    .default([]),
  retentionMs: z.number().nullable(),
})

export const factsSchema = z.discriminatedUnion('mode', [queueFactsSchema, fanoutFactsSchema, logFactsSchema])
export type QueueFacts = z.infer<typeof queueFactsSchema>
export type FanoutFacts = z.infer<typeof fanoutFactsSchema>
export type GroupFacts = z.infer<typeof groupFactsSchema>
export type LogFacts = z.infer<typeof logFactsSchema>
export type Facts = z.infer<typeof factsSchema>

/** Facts from what a broker reported; what is left out is not known, or does not exist. */
export const queueFacts = (reported: Omit<z.input<typeof queueFactsSchema>, 'mode'>): QueueFacts => ({
  mode: 'queue',
  unackedMaxAgeMs: null,
  outside: null,
  pending: [],
  deadLetters: null,
  partitions: [],
  ...reported,
})
export const fanoutFacts = (reported: Omit<z.input<typeof fanoutFactsSchema>, 'mode'>): FanoutFacts => ({
  mode: 'fanout',
  outside: null,
  patterns: null,
  waiting: [],
  bindings: [],
  partitions: null,
  unrouted: null,
  ...reported,
})
export const groupFacts = (reported: z.input<typeof groupFactsSchema>): GroupFacts => ({
  generation: null,
  ...reported,
})
export const logFacts = (
  reported: Omit<z.input<typeof logFactsSchema>, 'mode' | 'groups'> & { groups?: GroupFacts[] },
): LogFacts => ({ mode: 'log', groups: [], readers: [], ...reported })
