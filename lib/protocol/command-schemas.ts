import * as z from 'zod'
import { failureSchema } from './errors.ts'
import { roomEventSchema } from './events.ts'
import {
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
  KEY_MAX_BYTES,
  LOAD_COUNT_MAX,
  LOAD_KEYS_MAX,
  LOAD_RATE_MAX_PER_SECOND,
  LOAD_RATE_MIN_PER_SECOND,
  SETTING_MAX_CHARS,
  SETTINGS_MAX,
  TEXT_MAX_BYTES,
  TIME_MAX_MS,
} from './limits.ts'
import {
  brokerAddressSchema,
  destinationRefSchema,
  modeSchema,
  nameSchema,
  personNameSchema,
  roomNameSchema,
  systemIdSchema,
} from './names.ts'
import { settingsSchema } from './room.ts'

/**
 * What commands take, over sockets and over HTTP alike. Rules for text that have their own error codes (`text-empty`,
 * `text-too-long`) are checked by the room, not here.
 */
const keySchema = whole(z.string().max(KEY_MAX_BYTES))
const headersSchema = z.preprocess(
  refusePrototype,
  z
    .record(
      whole(z.string().min(1).max(HEADER_NAME_MAX_CHARS)),
      whole(z.string().max(HEADER_VALUE_MAX_CHARS)),
    )
    .refine((headers) => Object.keys(headers).length <= HEADERS_MAX, `at most ${HEADERS_MAX} headers`),
)

/** A record cannot hold a member of this name, and leaves it out without a word. */
function refusePrototype(headers: unknown, context: z.RefinementCtx): unknown {
  if (typeof headers === 'object' && headers !== null && Object.hasOwn(headers, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'no header can have the name "__proto__"' })
  }
  return headers
}

/** UTF-8 has no bytes for half a character (a lone surrogate): it would be replaced on the wire, and shown as it was typed. */
function whole(text: z.ZodString): z.ZodString {
  return text.refine((value) => !/\p{Surrogate}/u.test(value), 'it holds half a character')
}

/** What a manifest makes of them is checked later; no input of settings is larger than this, whatever their names. */
const givenSettingsSchema = settingsSchema.refine(
  (settings) =>
    Object.entries(settings).length <= SETTINGS_MAX &&
    Object.entries(settings).every(
      ([name, value]) =>
        name.length <= SETTING_MAX_CHARS && (typeof value !== 'string' || value.length <= SETTING_MAX_CHARS),
    ),
  `at most ${SETTINGS_MAX} settings of at most ${SETTING_MAX_CHARS} characters`,
)

const messageShape = {
  /**
   * The sender's own id for this message. Sending the same message to the same destination again has no effect; an id that
   * stands for a message with other content, or on that system for another destination, is refused as `id-in-use`.
   */
  id: z.uuid().optional(),
  text: whole(z.string()),
  key: keySchema.optional(),
  headers: headersSchema.optional(),
  sender: personNameSchema.optional(),
  /** What a mode's `messageSettings` offer for one message: priority, time to live, a transaction. Others are ignored. */
  settings: givenSettingsSchema.optional(),
}

/** One message to one or several systems: one id and number, one life per system. */
export const publishSchema = z.object({
  ...messageShape,
  to: z
    .array(z.object({ system: systemIdSchema, destination: destinationRefSchema.optional() }))
    .min(1)
    .max(8),
})
export type Publish = z.infer<typeof publishSchema>

/** What a message over HTTP takes: it goes to one system. */
export const postMessageSchema = z.object({
  ...messageShape,
  system: systemIdSchema,
  destination: destinationRefSchema.optional(),
})

/** One system's part in a publish. `ok` means handed to the broker; what becomes of it follows as life events. */
export const publishOutcomeSchema = z.union([z.object({ ok: z.literal(true) }), failureSchema])

export const publishReplySchema = z.object({
  id: z.string(),
  number: z.number().int(),
  /** The room's last event before this message: everything since then holds the message's whole life. */
  seq: z.number().int(),
  epoch: z.string(),
  outcomes: z.record(systemIdSchema, publishOutcomeSchema),
})
export type PublishReply = z.infer<typeof publishReplySchema>

/** What a message over HTTP is answered with. */
export const acceptedSchema = publishReplySchema.omit({ outcomes: true })

export const addDestinationSchema = z.object({
  system: systemIdSchema,
  mode: modeSchema,
  name: nameSchema,
  /**
   * Its name on the broker, where that is not made from `name`: what exists there is used as it is, and stays when it
   * is removed here.
   */
  address: brokerAddressSchema.optional(),
  settings: givenSettingsSchema.optional(),
})
export type AddDestination = z.infer<typeof addDestinationSchema>

export const addConsumerSchema = z.object({
  system: systemIdSchema,
  destination: destinationRefSchema.optional(),
  name: nameSchema,
  group: nameSchema.optional(),
  settings: givenSettingsSchema.optional(),
})
export type AddConsumer = z.infer<typeof addConsumerSchema>

/** Only where the mode `can` be altered. Settings that are not named stay as the broker has them. */
export const updateDestinationSchema = z.object({
  settings: givenSettingsSchema,
  confirmed: z
    .boolean()
    .optional()
    .describe('Change it also where it was on the broker before, which is refused as `existed-before` else'),
})

export const updateConsumerSchema = z.object({ settings: givenSettingsSchema })

/**
 * What a consumer can be asked to do, where its mode `can` do it. `start` attaches a crashed one again. `ack`, `requeue`
 * and `reject` settle one unacked delivery; `seek` moves the reader's position; `skip` moves it past one record that it fails at.
 */
export const consumerCommandSchema = z.enum([
  'pause',
  'resume',
  'crash',
  'start',
  'ack',
  'requeue',
  'reject',
  'seek',
  'skip',
])
export type ConsumerCommand = z.infer<typeof consumerCommandSchema>

/** How a consumer settles one delivery. */
export const SETTLE_VERBS = ['ack', 'requeue', 'reject'] as const
export type SettleVerb = (typeof SETTLE_VERBS)[number]

/** Redis's parts of an entry id, and any other system's offsets, are at most 64 bits wide. */
const U64_MAX = 18_446_744_073_709_551_615n
const fitsInU64 = (digits: string): boolean => /^\d+$/.test(digits) && BigInt(digits) <= U64_MAX
/** Kafka's partition numbers are signed 32-bit integers. */
const PARTITION_MAX = 2_147_483_647

/** Where to read from. `offset` is a position as facts and addresses show it; without `partition` it holds for all. */
export const seekSchema = z.discriminatedUnion('to', [
  z.object({ to: z.literal('earliest') }),
  z.object({ to: z.literal('latest') }),
  z.object({
    to: z.literal('offset'),
    offset: z
      .string()
      .regex(/^\d{1,20}(-\d{1,20})?$/, 'an offset or an entry id')
      .refine((offset) => offset.split('-').every(fitsInU64), 'no offset and no entry id is so large'),
    partition: z.number().int().min(0).max(PARTITION_MAX).optional(),
  }),
  /** The first record at or after this time, Unix time in milliseconds. */
  z.object({ to: z.literal('time'), at: z.number().int().min(0).max(TIME_MAX_MS) }),
])
export type Seek = z.infer<typeof seekSchema>

/** What a command is given: `delivery` to settle or skip one, `seek` for `seek`, nothing for the others. */
export const commandArgumentsSchema = z.object({
  delivery: z.number().int().min(1).optional(),
  seek: seekSchema.optional(),
})
export type CommandArguments = z.infer<typeof commandArgumentsSchema>

export const startLoadSchema = z.object({
  system: systemIdSchema,
  destination: destinationRefSchema.optional(),
  /** Messages a second; 0 = as fast as the broker confirms. */
  rate: z
    .number()
    .min(0)
    .max(LOAD_RATE_MAX_PER_SECOND)
    .refine(
      (rate) => rate === 0 || rate >= LOAD_RATE_MIN_PER_SECOND,
      `0, or at least ${LOAD_RATE_MIN_PER_SECOND} messages a second`,
    ),
  count: z.number().int().min(1).max(LOAD_COUNT_MAX),
  /** Bytes of text in each message. */
  size: z.number().int().min(1).max(TEXT_MAX_BYTES),
  /** How many different keys the messages bear in turn; 0 or absent = none. */
  keys: z.number().int().min(0).max(LOAD_KEYS_MAX).optional(),
})
export type StartLoad = z.infer<typeof startLoadSchema>

/** Stops one system's load, or every one. */
export const stopLoadSchema = z.object({ system: systemIdSchema.optional() })

/** A position in a room's stream. */
export const positionSchema = z.object({ epoch: z.string().max(64), seq: z.number().int().min(0) })
export type Position = z.infer<typeof positionSchema>

export const joinSchema = z.object({
  room: roomNameSchema,
  /** Stable per browser: coming back is not a new person, and neither is another tab. */
  personId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  name: personNameSchema,
  colour: z.number().int().min(0).max(7),
  /** The last event this browser has seen; absent on the first visit. */
  since: positionSchema.optional(),
  /** This is the phone of somebody in the hall (`/join`). */
  phone: z.literal(true).optional(),
})
export type Join = z.infer<typeof joinSchema>

/** An id or a name; what it names is looked up in the room. */
const reference = z.string().min(1).max(200)
export const namedConsumerSchema = z.object({ consumer: reference })
export const namedDestinationSchema = z.object({ destination: reference })
export const eventsPageSchema = z.object({
  events: z.array(roomEventSchema),
  /** The room's last event when the page was made; ask again while the page ends before it. */
  seq: z.number().int(),
  epoch: z.string(),
})
