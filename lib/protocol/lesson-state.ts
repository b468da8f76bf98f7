import * as z from 'zod'
import { shownNameSchema } from './names.ts'

/** A lesson in a room: what everybody there sees of it, and what is moved. `lib/protocol/lesson.ts` is the lesson itself. */

export const lessonNameSchema = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'the name of a lesson: lower-case letters, digits and dashes')
  .max(64)

/**
 * `question`: nothing has happened yet that the question asks about. `running`: the first of the steps that it asks about
 * has been begun. `revealed`: all steps are done, and what happened is shown beside what was expected.
 */
const lessonPhaseSchema = z.enum(['question', 'running', 'revealed'])

const step = z.number().int().min(0)

export const roomLessonSchema = z.object({
  name: lessonNameSchema,
  title: z.string(),
  /** New each time it begins. The ids of the messages that its steps send are made of it: see `lib/lessons/message-ids.ts`. */
  run: z.uuid(),
  /** How many steps it has on the screen. The page after the last says what happened, and why. */
  steps: step,
  /** The step that is shown, from 0; equal to `steps` on the last page. */
  step,
  /** How many steps have been done. */
  done: step,
  phase: lessonPhaseSchema,
  /** When this run began, Unix time in milliseconds. */
  startedAt: z.number(),
  /** The ids of the consumers that people play, who have no seats of their own meanwhile. Absent: they sit beside them. */
  parts: z.array(z.string()).optional(),
  /** Its file was brought into this room: `lesson:here` answers it, and no list has it. */
  own: z.literal(true).optional(),
  /** Who moved it last, where a person did. */
  by: shownNameSchema.optional(),
})
export type RoomLesson = z.infer<typeof roomLessonSchema>

/** Several presenters may move it at once: the last one wins, and everybody sees the same. */
export const lessonMoveSchema = z.object({
  /** Absent: any. Given, and of another run: refused as `wrong-state`. */
  run: z.uuid().optional(),
  step: step.optional(),
  done: step.optional(),
  phase: lessonPhaseSchema.optional(),
})
export type LessonMove = z.infer<typeof lessonMoveSchema>
