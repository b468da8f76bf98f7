import * as z from 'zod'
import { cutText } from '#lib/util/cut-text.ts'
import { AppError } from './errors.ts'
import { type Settings, settingsSchema } from './room.ts'

/** An error names the first faults of an input, not thousands. */
const FAULTS_MAX = 5
const MESSAGE_MAX_CHARS = 600
const FIELD_MAX_CHARS = 100

/**
 * Parses what came over a wire. Throws AppError `invalid`, whose message names the faults and whose `field` is the
 * first of them.
 */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, FAULTS_MAX)
  const field = cutText(issues[0]?.path.map(String).join('.') ?? '', FIELD_MAX_CHARS)
  throw new AppError('invalid', cutText(z.prettifyError({ issues }), MESSAGE_MAX_CHARS), {
    ...(field ? { detail: { field } } : {}),
  })
}

/** Checks settings against a manifest's schema and fills in its defaults. Throws `invalid`. */
export function parseSettings(schema: z.ZodType, settings: Settings): Settings {
  const parsed = schema.pipe(settingsSchema).safeParse(settings)
  if (parsed.success) return parsed.data
  throw new AppError('invalid', z.prettifyError(parsed.error), { detail: { field: 'settings' } })
}
