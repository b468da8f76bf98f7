import { z } from 'zod'
import {
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
  KEY_MAX_BYTES,
  LOAD_COUNT_MAX,
  LOAD_RATE_MAX_PER_SECOND,
  TEXT_MAX_BYTES,
} from './limits.ts'
import { modeSchema, nameSchema, personNameSchema, roomNameSchema, systemIdSchema } from './names.ts'
import { settingsSchema } from './room.ts'

/**
 * Commands, shared by Socket.IO and HTTP: the same schema parses both. Text rules that have their own error code
 * (`text-empty`, `text-too-long`) are checked by the room, not here.
 */
const keySchema = z.string().max(KEY_MAX_BYTES)
const headersSchema = z
  .record(z.string().min(1).max(HEADER_NAME_MAX_CHARS), z.string().max(HEADER_VALUE_MAX_CHARS))
  .refine((headers) => Object.keys(headers).length <= HEADERS_MAX, `at most ${HEADERS_MAX} headers`)

const messageShape = {
  /** The sender's own name for this send. Sending the same id to the same system again does nothing twice. */
  id: z.uuid().optional(),
  text: z.string(),
  key: keySchema.optional(),
  headers: headersSchema.optional(),
  sender: personNameSchema.optional(),
}

/** One message to one or several systems: one id and number, one life per system. */
export const publishSchema = z.object({
  ...messageShape,
  to: z
    .array(z.object({ system: systemIdSchema, destination: nameSchema.optional() }))
    .min(1)
    .max(8),
})
export type Publish = z.infer<typeof publishSchema>

/** `POST /api/rooms/{room}/messages` */
export const postMessageSchema = z.object({
  ...messageShape,
  system: systemIdSchema,
  destination: nameSchema.optional(),
})

export const addDestinationSchema = z.object({
  system: systemIdSchema,
  mode: modeSchema,
  name: nameSchema,
  settings: settingsSchema.optional(),
})
export type AddDestination = z.infer<typeof addDestinationSchema>

export const addConsumerSchema = z.object({
  system: systemIdSchema,
  destination: nameSchema.optional(),
  name: nameSchema,
  group: nameSchema.optional(),
  settings: settingsSchema.optional(),
})
export type AddConsumer = z.infer<typeof addConsumerSchema>

/** `PATCH /api/rooms/{room}/consumers/{id}` */
export const updateConsumerSchema = z.object({ settings: settingsSchema })

/** Verbs every consumer may have; which it does have, the manifest's `can` says. `start` brings a crashed one back. */
export const consumerCommandSchema = z.enum(['pause', 'resume', 'crash', 'start'])
export type ConsumerCommand = z.infer<typeof consumerCommandSchema>

export const startLoadSchema = z.object({
  system: systemIdSchema,
  destination: nameSchema.optional(),
  /** Messages a second; 0 = as fast as the broker confirms. */
  rate: z.number().min(0).max(LOAD_RATE_MAX_PER_SECOND),
  count: z.number().int().min(1).max(LOAD_COUNT_MAX),
  /** Bytes of text in each message. */
  size: z.number().int().min(1).max(TEXT_MAX_BYTES),
})
export type StartLoad = z.infer<typeof startLoadSchema>

/** Stops one system's load, or every one. */
export const stopLoadSchema = z.object({ system: systemIdSchema.optional() })

/** A position in a room's stream. */
export const positionSchema = z.object({ epoch: z.string().max(64), seq: z.number().int().min(0) })
export type Position = z.infer<typeof positionSchema>

export const joinSchema = z.object({
  room: roomNameSchema,
  /** Stable per browser tab, so that coming back is not a new person. */
  personId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  name: personNameSchema,
  colour: z.number().int().min(0).max(7),
  /** The last event this browser has seen; absent on the first visit. */
  since: positionSchema.optional(),
})
export type Join = z.infer<typeof joinSchema>
