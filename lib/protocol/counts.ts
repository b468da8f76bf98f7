import * as z from 'zod'
import { groupNameSchema, nameSchema, systemIdSchema } from './names.ts'

/**
 * What a room has counted of its events up to some number. It rides with a gap, so that whoever has not seen those events
 * still shows the right figures. `lib/ledger/counters/tally.ts` defines each of them.
 */

/** Where one message stands on one destination. Every message counts in at most one of these. */
export const bucketSchema = z.enum(['seen', 'waiting', 'lost', 'unknown', 'moved', 'refused', 'outside'])

const count = z.number().int().min(0)

const consumerCountsSchema = z.object({
  name: nameSchema,
  group: groupNameSchema.optional(),
  arrivals: count,
  /** Distinct messages among them. */
  messages: count,
  settled: count,
  tally: z.object({
    first: count,
    late: count,
    duplicate: count,
    unknown: count,
    highest: count,
    /** By partition. */
    highestIn: z.array(z.tuple([z.number().int(), count])).nullable(),
    passedAtJoin: count.nullable(),
    received: count,
    away: z.boolean(),
    /** How many receipts had come when it was last found present. Absent before it was counted. */
    hereSince: count.optional(),
    passedAtReturn: count,
    missed: z.number().int(),
  }),
})

const destinationCountsSchema = z.object({
  system: systemIdSchema,
  destination: nameSchema,
  messages: count,
  /** When the newest of those that wait was written; null where none waits. */
  newestWaitingAt: z.number().nullable(),
  /**
   * Where nothing is kept: which receipts were those of the messages that wait, as first and last of each run. From
   * them follows whose departure ends which wait. Absent elsewhere, and before it was counted.
   */
  waitingReceipts: z.array(z.tuple([count, count])).optional(),
  tally: z.object({
    seen: count,
    waiting: count,
    lost: count,
    unknown: count,
    moved: count,
    refused: count,
    outside: count,
    duplicates: count,
    late: count,
    /** Absent before it was counted. */
    unreadable: count.optional(),
    passed: count,
    /** Absent before it was counted. */
    receipts: count.optional(),
  }),
  events: z.object({
    published: count,
    unheard: count,
    failed: count,
    deliveries: count,
    acknowledged: count,
    redelivered: count,
  }),
  consumers: z.array(consumerCountsSchema),
})

const removalsSchema = z.object({ system: systemIdSchema, destination: nameSchema, times: count })

export const countsSchema = z.object({
  /** The highest number of a message among those events. */
  numbered: count,
  destinations: z.array(destinationCountsSchema),
  /**
   * How often a destination was removed, by its name, of those removed last: what is counted above is of the one made
   * since. Absent before it was counted.
   */
  removals: z.array(removalsSchema).optional(),
  /** How many messages of each system's newest load arrived, by its id. */
  loads: z.array(z.object({ id: z.string(), seen: count })),
})
export type Removals = z.infer<typeof removalsSchema>
export type Counts = z.infer<typeof countsSchema>
