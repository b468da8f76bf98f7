import * as z from 'zod'
import {
  addConsumerSchema,
  publishSchema,
  SETTLE_VERBS,
  seekSchema,
  startLoadSchema,
} from './command-schemas.ts'
import { slowLineSchema } from './faults.ts'
import { expectationSchema } from './lesson-expectation.ts'
import { consumerRefSchema, labelSchema, oneOf } from './lesson-words.ts'
import { destinationRefSchema, systemIdSchema } from './names.ts'
import { settingsSchema } from './room.ts'
import { sceneSchema } from './scene.ts'

/** A lesson as data: what its file holds. docs/lessons.md explains it, and lessons/lesson.schema.json is made from this. */

const LINE_MAX_CHARS = 200
const LESSON_TEXT_MAX_CHARS = 2_000
const STEPS_MAX = 60
const SENDS_MAX = 200
const MINUTES_MAX = 60
const CHOICES_MIN = 2
const CHOICES_MAX = 5
const LINKS_MAX = 5

/** Characters that are not seen, and those that turn the direction of a text: words would not be what they seem. */
const UNSEEN = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u
const isSeen = (words: string): boolean => !UNSEEN.test(words.replaceAll('\n', ''))
const NOT_SEEN = 'it has characters that are not seen'
const line = z.string().trim().min(1).max(LINE_MAX_CHARS).refine(isSeen, NOT_SEEN)
const text = z.string().trim().min(1).max(LESSON_TEXT_MAX_CHARS).refine(isSeen, NOT_SEEN)

const sendSchema = z
  .strictObject({
    to: z.union([destinationRefSchema, z.array(destinationRefSchema).min(1).max(8)]),
    text: publishSchema.shape.text.describe('`{n}` is the number of the message, from 1'),
    times: z.number().int().min(1).max(SENDS_MAX).default(1),
    key: publishSchema.shape.key.describe('`{n}` is the number of the message, from 1'),
    headers: publishSchema.shape.headers,
    settings: publishSchema.shape.settings,
    as: labelSchema.default('messages').describe('What expectations call these messages'),
  })
  .describe('Sends messages, one after the other')

const loadSchema = z
  .strictObject({
    to: destinationRefSchema,
    ...startLoadSchema.omit({ system: true, destination: true }).shape,
    rate: startLoadSchema.shape.rate.default(0),
  })
  .describe('Sends many messages that no expectation names, and goes on when all are sent')

const setSchema = z
  .strictObject({
    consumer: consumerRefSchema.optional(),
    destination: destinationRefSchema.optional(),
    settings: settingsSchema,
  })
  .refine(({ consumer, destination }) => (consumer === undefined) !== (destination === undefined), {
    error: 'a consumer or a destination',
  })
  .describe('Changes settings that can change in use')

const addSchema = z
  .strictObject({
    to: destinationRefSchema,
    ...addConsumerSchema.omit({ system: true, destination: true }).shape,
  })
  .describe('A consumer joins')

const settleSchema = z
  .strictObject({ consumer: consumerRefSchema, verb: z.enum(SETTLE_VERBS), of: labelSchema.optional() })
  .describe('Settles by hand what the consumer holds')

const faultSchema = oneOf({
  pause: consumerRefSchema.describe('It processes nothing more, and stays attached'),
  resume: consumerRefSchema,
  crash: consumerRefSchema.describe('Its connection ends without a goodbye'),
  start: consumerRefSchema.describe('A crashed one comes back'),
  slow: z
    .strictObject({ consumer: consumerRefSchema, ...slowLineSchema.omit({ kind: true }).shape })
    .describe('Every byte between it and its broker takes so long'),
  freeze: consumerRefSchema.describe('No byte passes between it and its broker; the connection stays open'),
  cut: consumerRefSchema.describe('Its connections are reset; it comes back by itself'),
  mend: consumerRefSchema.describe('Its line is whole again'),
  'pause-broker': systemIdSchema.describe('Its processes stop as they are'),
  'resume-broker': systemIdSchema,
  'stop-broker': systemIdSchema,
  'start-broker': systemIdSchema,
}).describe('Something that goes wrong, or is over')
export type LessonFault = z.infer<typeof faultSchema>

export const stepSchema = oneOf({
  say: text.describe('What the presenter says, or the panel shows'),
  send: sendSchema,
  load: loadSchema,
  add: addSchema,
  remove: consumerRefSchema.describe('A consumer leaves politely'),
  set: setSchema,
  settle: settleSchema,
  seek: z
    .strictObject({ consumer: consumerRefSchema, to: seekSchema })
    .describe('A reader reads on from there'),
  fault: faultSchema,
  'wait-for': z.array(expectationSchema).min(1).describe('Goes on once all of these hold'),
})
export type LessonStep = z.infer<typeof stepSchema>

const steps = z.array(stepSchema).max(STEPS_MAX)

const questionSchema = z.strictObject({
  ask: line,
  choices: z
    .array(z.strictObject({ text: line, right: z.literal(true).optional() }))
    .min(CHOICES_MIN)
    .max(CHOICES_MAX)
    .refine((choices) => choices.filter(({ right }) => right).length === 1, 'exactly one choice is right'),
})

export const lessonSchema = z.strictObject({
  title: line,
  level: z.enum(['beginner', 'intermediate', 'advanced']),
  minutes: z.number().int().min(1).max(MINUTES_MAX),
  order: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Its place in a list; those without come after, by level and title'),
  scene: sceneSchema,
  hall: z
    .enum(['parts', 'seats'])
    .default('parts')
    .describe(
      'What people with phones do: they play the parts of the consumers above, or each has one more consumer of their own',
    ),
  before: steps.default([]).describe('Steps that come before the question'),
  question: questionSchema,
  steps: steps.min(1),
  expect: z.array(expectationSchema).min(1).describe('What is true when all steps are done, and stays true'),
  happened: text,
  why: z.strictObject({
    text,
    read: z
      .array(z.strictObject({ title: line, url: z.url({ protocol: /^https$/ }) }))
      .min(1)
      .max(LINKS_MAX)
      .describe("The broker's own documentation"),
  }),
  versions: text.optional().describe('What other versions of the broker do differently'),
})
export type Lesson = z.infer<typeof lessonSchema>

/** The lesson's schema as JSON Schema, for editors. */
export const lessonJsonSchema = (): object => ({
  title: 'A lesson of Switchboard',
  ...z.toJSONSchema(lessonSchema, { target: 'draft-2020-12', io: 'input', reused: 'ref' }),
})
