import * as z from 'zod'
import { addConsumerSchema, addDestinationSchema, startLoadSchema } from './command-schemas.ts'
import { lessonNameSchema } from './lesson-state.ts'
import {
  CONSUMERS_MAX_PER_DESTINATION,
  DESTINATIONS_MAX_PER_ROOM,
  LESSON_FILE_MAX_CHARS,
  SCENE_FILE_MAX_CHARS,
} from './limits.ts'

/** What a room is made of, as data. `lib/scenes` checks what only the manifests know; docs/scenes.md explains its file. */

const sceneConsumerSchema = z.strictObject(addConsumerSchema.omit({ system: true, destination: true }).shape)

const sceneDestinationSchema = z.strictObject({
  ...addDestinationSchema.shape,
  consumers: z.array(sceneConsumerSchema).max(CONSUMERS_MAX_PER_DESTINATION).default([]),
})

/** One load for each system: more cannot run at once. */
const LOADS_MAX = 8

export const sceneSchema = z.strictObject({
  destinations: z.array(sceneDestinationSchema).max(DESTINATIONS_MAX_PER_ROOM),
  /** Loads that start as soon as the room is ready. */
  load: z.array(z.strictObject(startLoadSchema.shape)).max(LOADS_MAX).default([]),
})
export type Scene = z.infer<typeof sceneSchema>
export type SceneDestination = Scene['destinations'][number]

export const EMPTY_SCENE: Scene = { destinations: [], load: [] }

/** A union says only that nothing fits: what is wrong with a scene is said instead. */
const sceneFaults: z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion> = ({ errors, input }) => {
  const issues = errors.at(-1)
  if (typeof input !== 'object' || issues === undefined) return 'classic, empty, or a scene'
  return z.prettifyError({ issues })
}

export const lessonFileSchema = z
  .string()
  .max(LESSON_FILE_MAX_CHARS)
  .describe('The text of a lesson file (YAML), instead of `lesson`')

/** What a new room is made of. */
export const roomStartShape = {
  scene: z
    .union([z.enum(['classic', 'empty']), sceneSchema], { error: sceneFaults })
    .optional()
    .describe('The classic three where nothing is said; has no effect on a room that exists'),
  sceneFile: z
    .string()
    .max(SCENE_FILE_MAX_CHARS)
    .optional()
    .describe('The text of a scene file (YAML), instead of `scene`'),
  lesson: lessonNameSchema.optional().describe('A lesson that begins in the room, instead of `scene`'),
  lessonFile: lessonFileSchema.optional(),
}

/** A room as it is now, as a scene, and the text of that scene's file. */
export const savedSceneSchema = z.object({ scene: sceneSchema, file: z.string() })
export type SavedScene = z.infer<typeof savedSceneSchema>
