import * as z from 'zod'
import { type Command, route } from './command-definition.ts'
import { lessonSchema } from './lesson.ts'
import { lessonMoveSchema, lessonNameSchema, roomLessonSchema } from './lesson-state.ts'
import { systemIdSchema } from './names.ts'
import { lessonFileSchema } from './scene.ts'

const nothing = z.object({})
const named = z.object({ lesson: lessonNameSchema })
const opened = z.object({ lesson: lessonNameSchema.optional(), lessonFile: lessonFileSchema.optional() })

/** A lesson in a list. */
const lessonSummarySchema = z.object({
  name: lessonNameSchema,
  ...lessonSchema.pick({ title: true, level: true, minutes: true, order: true }).shape,
  systems: z.array(systemIdSchema),
  ask: z.string().describe('Its question'),
})
export type LessonSummary = z.infer<typeof lessonSummarySchema>

/** Commands that read lessons, and lead a room through one. */
export const lessonCommands = {
  'lesson:list': {
    summary: 'All lessons, in the order in which they are offered',
    needs: 'anyone',
    actsOn: 'dashboard',
    input: nothing,
    output: z.object({ lessons: z.array(lessonSummarySchema) }),
    errors: [],
    http: route('get', '/api/lessons', 'listLessons', { 200: 'The lessons' }),
  },
  'lesson:get': {
    summary: 'A lesson: its scene, steps, question and expectations',
    needs: 'anyone',
    actsOn: 'dashboard',
    input: named,
    output: lessonSchema,
    errors: ['lesson-not-found'],
    http: route('get', '/api/lessons/{lesson}', 'getLesson', { 200: 'The lesson' }),
  },
  'lesson:open': {
    summary: 'Begins a lesson in a room, which is brought back to the scene of the lesson',
    description:
      'By its name, by a file of the presenter’s own, or, where neither is given, the one that goes on there anew. ' +
      'What the room had of its own is removed from the brokers. The lobby has no lessons.',
    needs: 'presenter',
    actsOn: 'room',
    input: opened,
    output: roomLessonSchema,
    errors: [
      ...(['lesson-not-found', 'lobby-stays', 'too-many'] as const),
      ...(['broker-refused', 'broker-down', 'broker-timeout', 'wrong-state'] as const),
    ],
    http: route('post', '/api/rooms/{room}/lesson', 'openLesson', { 200: 'It begins' }, { body: opened }),
  },
  'lesson:here': {
    summary: 'The lesson that goes on in a room: one of the dashboard’s, or one whose file was brought there',
    needs: 'participant',
    actsOn: 'room',
    input: nothing,
    output: lessonSchema,
    errors: ['wrong-state', 'lesson-not-found'],
    http: route('get', '/api/rooms/{room}/lesson', 'getRoomLesson', { 200: 'The lesson' }),
  },
  'lesson:move': {
    summary: 'Shows another step of the lesson, or says that one was done; the last to move it wins',
    needs: 'presenter',
    actsOn: 'room',
    input: lessonMoveSchema,
    output: roomLessonSchema,
    errors: ['wrong-state'],
    http: route(
      'patch',
      '/api/rooms/{room}/lesson',
      'moveLesson',
      { 200: 'Moved' },
      { body: lessonMoveSchema },
    ),
  },
  'lesson:close': {
    summary: 'Ends the lesson; the room stays as it is',
    needs: 'presenter',
    actsOn: 'room',
    input: nothing,
    output: nothing,
    errors: [],
    http: route('delete', '/api/rooms/{room}/lesson', 'closeLesson', { 204: 'Ended' }),
  },
} as const satisfies Record<string, Command>
