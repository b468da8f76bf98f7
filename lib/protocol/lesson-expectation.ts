import * as z from 'zod'
import { consumerRefSchema, countOrAllSchema, countSchema, labelSchema, oneOf } from './lesson-words.ts'
import { destinationRefSchema, groupNameSchema, nameSchema } from './names.ts'
import { consumerStateSchema } from './room.ts'

/** What a lesson expects to be true of its room, by what the ledger has worked out from events. */

const TEXTS_MAX = 200

/** Absent: everything that the lesson has sent. */
const of = labelSchema.optional()
const who = z.union([consumerRefSchema, z.array(consumerRefSchema).min(1)])
const on = destinationRefSchema

const got = z
  .strictObject({
    who: who.optional(),
    on: on.optional().describe('Only what was got there'),
    of,
    messages: countSchema.optional().describe('How many different ones'),
    arrivals: countSchema.optional().describe('How often, repeats included'),
    texts: z.array(z.string()).max(TEXTS_MAX).optional().describe('Which, in the order of their arrival'),
    anyOrder: z.literal(true).optional().describe('The order of `texts` does not matter'),
  })
  .describe('Who got which messages, how often, in what order')

const each = z
  .strictObject({ of, on: on.optional(), consumers: countOrAllSchema })
  .describe('By how many consumers each message was received')

const order = z
  .strictObject({ who, of, is: z.enum(['kept', 'broken']) })
  .describe('Whether they arrived in the order in which they were sent')

const receipt = z
  .strictObject({
    of,
    on: on.optional(),
    is: z.enum(['published', 'unheard', 'returned', 'refused', 'uncertain']),
    heardBy: countOrAllSchema.optional(),
  })
  .describe('What the broker answered to each publish')

const DELIVERY_STATES = [
  'in-hand',
  'received',
  'read',
  'acknowledged',
  'committed',
  'requeued',
  'rejected',
  'lost',
] as const

const state = z
  .strictObject({ of, who: who.optional(), is: z.enum(DELIVERY_STATES), arrivals: countSchema })
  .describe('How many arrivals stand so')

const attempts = z
  .strictObject({ of, who: who.optional(), highest: countSchema })
  .describe('The highest attempt, as the broker counts it')

const redelivered = z
  .strictObject({ of, who: who.optional(), arrivals: countSchema })
  .describe('How many arrivals the broker marked as repeats')

const ended = z
  .strictObject({ of, how: z.enum(['expired', 'dead-lettered', 'trimmed']), messages: countSchema })
  .describe('How many messages the broker ended')

const verdict = z
  .strictObject({
    of,
    on,
    is: z.enum(['got', 'stored', 'nobody', 'unheard', 'returned', 'refused', 'passed', 'aborted', 'ended']),
    got: z.union([z.number().int(), z.literal('all')]).optional(),
    due: z.number().int().optional(),
    shape: z.enum(['queue', 'fanout', 'log', 'single', 'mixed']).optional(),
  })
  .describe('The verdict on the newest of them')

const kept = z
  .strictObject({
    on,
    ready: countSchema.optional(),
    unacked: countSchema.optional(),
    consumers: countSchema.optional().describe('How many of a queue the broker counts'),
    stored: countSchema.optional().describe('How many a log keeps'),
    subscribers: countSchema.optional(),
    deadLetters: countSchema.optional(),
    waiting: z
      .record(nameSchema, countSchema)
      .optional()
      .describe("In each consumer's own place on the broker"),
  })
  .describe('What the broker says that it keeps')

const lag = z
  .strictObject({ on, group: groupNameSchema, is: countSchema })
  .describe('How many messages the group has still to read')

const share = z
  .strictObject({ on, partitions: z.record(nameSchema, countSchema) })
  .describe('How many partitions each member of a group has')

const spread = z
  .strictObject({ of, on, partitions: countSchema })
  .describe('In how many partitions the messages that were read lie')

const gap = z
  .strictObject({
    who: consumerRefSchema,
    reason: z.enum(['resubscribed', 'lagging', 'broker-restarted', 'retention', 'compaction', 'transaction']),
  })
  .describe('That a gap was reported for a consumer, and why')

const consumer = z.strictObject({ who: consumerRefSchema, is: consumerStateSchema })

export const expectationSchema = oneOf({
  got,
  each,
  order,
  receipt,
  state,
  attempts,
  redelivered,
  ended,
  verdict,
  kept,
  lag,
  share,
  spread,
  gap,
  consumer,
})
export type Expectation = z.infer<typeof expectationSchema>

/** One kind of expectation, without its name. */
export type ExpectationOf<K extends string> = Extract<Expectation, Record<K, unknown>>[K &
  keyof Extract<Expectation, Record<K, unknown>>]
