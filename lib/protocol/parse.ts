import { z } from 'zod'
import { AppError } from './errors.ts'

/** An answer names the first faults of an input, not thousands. */
const FAULTS_MAX = 5
const WORDS_MAX_CHARS = 600
const FIELD_MAX_CHARS = 100

/** Parses what came over a wire. Throws AppError `invalid` that says in words what is wrong and, as `field`, where first. */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, FAULTS_MAX)
  const field = issues[0]?.path.map(String).join('.').slice(0, FIELD_MAX_CHARS)
  throw new AppError('invalid', z.prettifyError({ issues }).slice(0, WORDS_MAX_CHARS), {
    ...(field ? { detail: { field } } : {}),
  })
}
