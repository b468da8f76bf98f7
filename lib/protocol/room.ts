import * as z from 'zod'
import { lineFaultSchema } from './faults.ts'
import { roomLessonSchema } from './lesson-state.ts'
import {
  groupNameSchema,
  modeSchema,
  nameSchema,
  roomNameSchema,
  shownNameSchema,
  systemIdSchema,
} from './names.ts'
import { brokerStatusSchema } from './status.ts'
import { scoreSchema, voteSchema } from './vote.ts'

/** Free settings of a destination or consumer; which exist and what they mean is the manifest's knowledge. */
export const settingsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
export type Settings = z.infer<typeof settingsSchema>

/** The id of the person who added it to the room, where a person did; not known any more after a restart of the server. */
const makerSchema = z.string().max(64)

export const destinationSchema = z.object({
  id: z.string(),
  system: systemIdSchema,
  name: nameSchema,
  mode: modeSchema,
  /** The name on the broker: the bare name in the lobby, `sb.<room>.<name>` elsewhere, or one that was given for it. */
  address: z.string(),
  settings: settingsSchema,
  /**
   * `declared`: the broker has it. `pending`: it will be declared when the broker is up. `refused`: the broker said no.
   * `gone`: the broker had it, and somebody deleted it there.
   */
  state: z.enum(['pending', 'declared', 'refused', 'gone']),
  /** What the broker did differently, or why it refused; shown in the lane. */
  note: z.string().optional(),
  /** The broker's view of it, as words for the keep block's header: "durable", "3 partitions". */
  traits: z.array(z.string()),
  /** One of the lobby's own, which cannot be removed. */
  stays: z.literal(true).optional(),
  /** It was on the broker before it was added: changing it there asks first, and removing it leaves it there. */
  existed: z.literal(true).optional(),
  madeBy: makerSchema.optional(),
})
export type Destination = z.infer<typeof destinationSchema>

export const consumerStateSchema = z.enum(['attaching', 'attached', 'paused', 'crashed', 'detached'])
export type ConsumerState = z.infer<typeof consumerStateSchema>

export const consumerSchema = z.object({
  id: z.string(),
  name: nameSchema,
  system: systemIdSchema,
  destination: nameSchema,
  group: groupNameSchema.optional(),
  settings: settingsSchema,
  /** It reads what the destination's consumers gave up on, and so is none of them. */
  role: z.literal('dead-letters').optional(),
  state: consumerStateSchema,
  /** Why it is not attached, when that is not its own doing. */
  reason: z.string().optional(),
  /** Crashed, and the broker has not noticed yet: when it will, Unix time in milliseconds. */
  evictedAt: z.number().optional(),
  /** When it first attached, Unix time in milliseconds: what was sent before, it was not there for. */
  since: z.number().optional(),
  /** Its line to the broker is not whole, because somebody made it so. */
  fault: lineFaultSchema.optional(),
  /** Whose seat it is: the person it belongs to. */
  owner: z.object({ id: z.string(), name: shownNameSchema }).optional(),
  madeBy: makerSchema.optional(),
  /** Its owner's device is gone: so is its connection, until the owner comes back. */
  away: z.literal(true).optional(),
  /** On its last event only: it has been taken away and no snapshot holds it any more. */
  removed: z.literal(true).optional(),
})
export type Consumer = z.infer<typeof consumerSchema>

const DESTINATIONS_SHOWN_MAX = 16

/** What the person who leads the room shows, for those who follow. */
export const shownSchema = z.object({
  /** The one of the person's tabs that leads. */
  tab: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  view: z.string().regex(/^[a-z-]{1,32}$/),
  /** By system the destination that its lane shows. */
  lanes: z
    .record(systemIdSchema, nameSchema)
    .refine(
      (lanes) => Object.keys(lanes).length <= DESTINATIONS_SHOWN_MAX,
      'more lanes than there are systems',
    ),
})
export type Shown = z.infer<typeof shownSchema>

/** A person in the room. `colour` indexes the palette. */
export const personSchema = z.object({
  id: z.string(),
  name: shownNameSchema,
  colour: z.number().int().min(0).max(7),
  /** A presenter lets this person send nothing. */
  muted: z.literal(true).optional(),
  /** They are here with a phone: they take a seat, or play a part of the lesson. */
  phone: z.literal(true).optional(),
  /** This person leads the room: what they show. Nobody else does. */
  shows: shownSchema.optional(),
})
export type Person = z.infer<typeof personSchema>

export const loadStateSchema = z.object({
  id: z.string(),
  system: systemIdSchema,
  destination: nameSchema,
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  rate: z.number(),
  count: z.number(),
  size: z.number(),
  keys: z.number(),
  sent: z.number(),
  confirmed: z.number(),
  failed: z.number(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
})
export type LoadState = z.infer<typeof loadStateSchema>

/** How people come to a seat. `choice`: they say where they sit; otherwise they are dealt a seat. */
export const seatRulesSchema = z.object({ choice: z.boolean() })
export type SeatRules = z.infer<typeof seatRulesSchema>

/** `GET /api/rooms/{room}`, and what a browser gets when it joins. */
export const roomSnapshotSchema = z.object({
  room: roomNameSchema,
  epoch: z.string(),
  /** The last event's number: ask for events since this to miss nothing. */
  seq: z.number(),
  /** The oldest event still kept; `seq + 1` when none is. */
  firstSeq: z.number(),
  /** The last message's number. */
  number: z.number(),
  destinations: z.array(destinationSchema),
  consumers: z.array(consumerSchema),
  people: z.array(personSchema),
  brokers: z.array(brokerStatusSchema),
  loads: z.array(loadStateSchema),
  /** The lesson that goes on in the room. */
  lesson: roomLessonSchema.optional(),
  seats: seatRulesSchema.optional(),
  /** The question that is asked now; null when none is. */
  vote: voteSchema.nullable().optional(),
  /** What people scored with the questions so far, the best first. */
  scores: z.array(scoreSchema).optional(),
})
export type RoomSnapshot = z.infer<typeof roomSnapshotSchema>
