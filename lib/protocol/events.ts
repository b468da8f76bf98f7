import * as z from 'zod'
import { addressSchema } from './address.ts'
import { bucketSchema, countsSchema } from './counts.ts'
import { factsSchema } from './facts.ts'
import { madeFaultSchema } from './faults.ts'
import { roomLessonSchema } from './lesson-state.ts'
import { metadataSchema, metadataShape } from './metadata.ts'
import { evidenceSchema, groupNameSchema, nameSchema, roomNameSchema, systemIdSchema } from './names.ts'
import { consumerSchema, destinationSchema, loadStateSchema, personSchema } from './room.ts'
import { brokerStatusSchema } from './status.ts'
import { scoreSchema, voteSchema } from './vote.ts'

/**
 * A room's one numbered stream of events: the truth that every view is computed from.
 * `seq` rises by one per event and is the order in which the server learned, not cause: `delivered` may precede
 * `published`. `epoch` is new at each server start.
 */
const base = {
  epoch: z.string(),
  seq: z.number().int(),
  /** Milliseconds since the epoch, with fractions. */
  at: z.number(),
  room: roomNameSchema,
  evidence: evidenceSchema,
}

/** Where a life event happened. `destination` is the room's name for it, not the broker's. */
const place = { ...base, system: systemIdSchema, destination: nameSchema }

/**
 * A message's content. It rides on the first event of the message that history still holds, whatever its kind, so
 * that `since` the message's own `seq` always shows it; later events of the same message leave it out.
 */
export const contentSchema = z.object({
  /** The message's number in the room, shown as `#42`. A message sent to several systems has one number. */
  number: z.number().int(),
  text: z.string(),
  /** Present when the body was not valid UTF-8: `text` is then a readable rendering and `bytes` the body itself. */
  bytes: z.base64().optional(),
  /** Present when the body was longer than an event may carry: how many bytes at its end are left out here. */
  omittedBytes: z.number().int().optional(),
  /**
   * Present when the body could not be read, so that `text` is empty: why, and how many records came together and are lost
   * with it (a compressed batch that is corrupt).
   */
  unreadable: z.object({ reason: z.string(), records: z.number().int() }).optional(),
  /** The body was null, which is not an empty one: a tombstone. `text` is empty then. */
  nullBody: z.literal(true).optional(),
  /** What the bytes are an encoding of; `text` then says so in words. */
  encoding: z.enum(['gzip', 'deflate', 'zstd']).optional(),
  sender: z.string().optional(),
  senderColour: z.number().int().optional(),
  key: z.string().optional(),
  /** Present when the key was not valid UTF-8: `key` is then a readable rendering. */
  keyBytes: z.base64().optional(),
  omittedKeyBytes: z.number().int().optional(),
  ...metadataShape,
  /** When the room accepted it, Unix time in milliseconds. */
  sentAt: z.number().optional(),
  /** Written by a program that is not this room. */
  outside: z.literal(true).optional(),
  /** An outside message that bears the id of this message of the room, by its number, and is not a copy of it. */
  bearsIdOf: z.number().int().optional(),
  /** Made by the room's load generator. */
  load: z.string().optional(),
  /** Where it was sent, when it was sent to several systems at once: of some of them no event may have come yet. */
  sentTo: z.array(z.object({ system: systemIdSchema, destination: nameSchema })).optional(),
})
export type Content = z.infer<typeof contentSchema>

/**
 * Where a message counted on this destination after events of it that history no longer holds, and who had received it.
 * It rides with the content on the first event that is still held.
 */
const standingSchema = z.object({
  bucket: bucketSchema,
  passNumber: z.number().int(),
  /** Which receipt of its destination was its own: where nothing is kept, of one that waits. */
  receiptNumber: z.number().int().optional(),
  receivedBy: z.array(nameSchema),
})
export type Standing = z.infer<typeof standingSchema>

const life = {
  ...place,
  messageId: z.string(),
  ...contentSchema.partial().shape,
  standing: standingSchema.optional(),
}

/** One arrival of one message at one consumer. `delivery` distinguishes several arrivals at the same consumer. */
const arrival = { ...life, consumer: nameSchema, delivery: z.number().int() }

const published = z.object({
  kind: z.literal('published'),
  ...life,
  /** The broker's receipt: a position where it has positions, and how many heard it where it counts. */
  address: addressSchema.optional(),
  heardBy: z.number().int().optional(),
  /** From the room's acceptance to the receipt. */
  receiptMs: z.number(),
  /** Written inside a transaction, and how that ended: `aborted` ones are stored and skipped by readers of committed ones. */
  transaction: z.enum(['committed', 'aborted']).optional(),
})
const refused = z.object({ kind: z.literal('refused'), ...life, reason: z.string() })
const returned = z.object({ kind: z.literal('returned'), ...life, reason: z.string(), replyCode: z.number() })
const unheard = z.object({ kind: z.literal('unheard'), ...life, receiptMs: z.number() })
const uncertain = z.object({ kind: z.literal('uncertain'), ...life, reason: z.string() })
const delivered = z.object({
  kind: z.literal('delivered'),
  ...arrival,
  group: groupNameSchema.optional(),
  /** 1 for the first; null where the broker only says "again". */
  attempt: z.number().int().nullable(),
  redelivered: z.boolean(),
  /** From the room's acceptance to the arrival; null for messages from outside. */
  latencyMs: z.number().nullable(),
  address: addressSchema,
  /** Whether this consumer still has to settle it. Absent: no. */
  inHand: z.boolean().optional(),
  /**
   * What rode beside the body of a message of ours, as this system carried it: on its first arrival there, and on its first
   * among dead letters, with what the broker added. Messages of a load leave it out.
   */
  carried: metadataSchema.optional(),
})
const acknowledged = z.object({ kind: z.literal('acknowledged'), ...arrival })
const requeued = z.object({ kind: z.literal('requeued'), ...arrival, reason: z.string().optional() })
const rejected = z.object({ kind: z.literal('rejected'), ...arrival, reason: z.string().optional() })
const expired = z.object({ kind: z.literal('expired'), ...life, reason: z.string() })
const deadLettered = z.object({
  kind: z.literal('dead-lettered'),
  ...life,
  reason: z.string(),
  to: z.string(),
  attempts: z.number().nullable(),
})
const trimmed = z.object({ kind: z.literal('trimmed'), ...life, reason: z.string() })

/** A group's read position moved: a range, not a message. `upTo` is the next offset to read. */
const committed = z.object({
  kind: z.literal('committed'),
  ...place,
  consumer: nameSchema.optional(),
  group: groupNameSchema,
  partition: z.number().int(),
  upTo: z.string(),
})

/** Which member of a group has which partitions. */
const assignment = z.object({
  kind: z.literal('assignment'),
  ...place,
  group: groupNameSchema,
  phase: z.enum(['rebalancing', 'stable']),
  generation: z.number().nullable(),
  /** Why, as far as we know: who joined, left or was evicted. */
  cause: z
    .object({ what: z.enum(['join', 'leave', 'evict', 'lost', 'unknown']), consumer: nameSchema.optional() })
    .optional(),
  members: z.array(z.object({ consumer: nameSchema, partitions: z.array(z.number()) })),
  /** How long nobody in the group could read; on `stable` only. */
  durationMs: z.number().optional(),
})

const consumer = z.object({
  kind: z.literal('consumer'),
  ...place,
  consumer: nameSchema,
  now: consumerSchema,
})
const destination = z.object({
  kind: z.literal('destination'),
  ...place,
  now: destinationSchema.nullable(),
})
/** `at` is when the broker was asked. */
const facts = z.object({ kind: z.literal('facts'), ...place, facts: factsSchema })
const broker = z.object({
  kind: z.literal('broker'),
  ...base,
  system: systemIdSchema,
  now: brokerStatusSchema,
})
const people = z.object({ kind: z.literal('people'), ...base, people: z.array(personSchema) })
const load = z.object({ kind: z.literal('load'), ...base, system: systemIdSchema, now: loadStateSchema })
/** The room's lesson was begun, moved or, with null, ended. */
const lesson = z.object({ kind: z.literal('lesson'), ...base, now: roomLessonSchema.nullable() })
/** The room's question: asked, voted on, revealed or taken away (null). `scores` come with those that changed them. */
const vote = z.object({
  kind: z.literal('vote'),
  ...base,
  now: voteSchema.nullable(),
  scores: z.array(scoreSchema).optional(),
})
/** A failure that belongs to no single message: a driver's or the room's own, in plain words. */
const fault = z.object({
  kind: z.literal('fault'),
  ...base,
  system: systemIdSchema.optional(),
  destination: nameSchema.optional(),
  consumer: nameSchema.optional(),
  code: z.string(),
  text: z.string(),
  /** How often it happened since it began to repeat, this time included. Absent: once. */
  count: z.number().int().optional(),
  /** Somebody made it on purpose. Absent: it happened. */
  made: madeFaultSchema.optional(),
})
/**
 * What is not known. Of the stream itself (`from`..`to` inclusive are events that are not kept or of another epoch;
 * such a gap is made for one reader and takes no number: its `seq` equals `to`), or of one consumer: it was away, or `missed`
 * positions of a log between what it had and what comes next hold nothing for it.
 */
const gap = z.object({
  kind: z.literal('gap'),
  ...base,
  from: z.number().nullable(),
  to: z.number().nullable(),
  reason: z.enum([
    'not-held',
    'epoch',
    'slow-reader',
    'resubscribed',
    'lagging',
    'broker-restarted',
    'retention',
    'compaction',
    'transaction',
  ]),
  system: systemIdSchema.optional(),
  destination: nameSchema.optional(),
  consumer: nameSchema.optional(),
  /** How long it was away, where known. */
  awayMs: z.number().optional(),
  /** How many positions of a log hold nothing for it, where known, and in which partition. */
  missed: z.number().int().min(1).optional(),
  partition: z.number().int().min(0).optional(),
  /** Of the stream itself: what the server counted of all events up to `to`. */
  counts: countsSchema.optional(),
})

export const roomEventSchema = z.discriminatedUnion('kind', [
  published,
  refused,
  returned,
  unheard,
  uncertain,
  delivered,
  acknowledged,
  requeued,
  rejected,
  expired,
  deadLettered,
  trimmed,
  committed,
  assignment,
  consumer,
  destination,
  facts,
  broker,
  people,
  load,
  lesson,
  vote,
  fault,
  gap,
])
export type RoomEvent = z.infer<typeof roomEventSchema>
export type EventKind = RoomEvent['kind']
export type EventOf<K extends EventKind> = Extract<RoomEvent, { kind: K }>

/** Events about one message: they all carry `messageId`, `system` and `destination`. */
export const LIFE_KINDS = [
  'published',
  'refused',
  'returned',
  'unheard',
  'uncertain',
  'delivered',
  'acknowledged',
  'requeued',
  'rejected',
  'expired',
  'dead-lettered',
  'trimmed',
] as const satisfies readonly EventKind[]
export type LifeKind = (typeof LIFE_KINDS)[number]
export type LifeEvent = EventOf<LifeKind>

const lifeKinds: ReadonlySet<EventKind> = new Set(LIFE_KINDS)
export const isLifeEvent = (event: RoomEvent): event is LifeEvent => lifeKinds.has(event.kind)

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** An event before the room has numbered it. */
export type UnnumberedEvent = DistributiveOmit<RoomEvent, 'epoch' | 'seq' | 'room'>
