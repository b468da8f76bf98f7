import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'

/** Settings as their schema has them, defaults filled in; `what` names them. Throws AppError `invalid`. */
export function parsed<S extends z.ZodType>(schema: S, settings: Settings, what: string): z.infer<S> {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', `settings of a RabbitMQ ${what}: ${z.prettifyError(result.error)}`)
}

/** The settings after a change. Throws AppError `not-capable` for one that there isn't. */
export function changedSettings(
  schema: z.ZodObject,
  before: Settings,
  change: Settings,
  what: string,
): Settings {
  const unknown = Object.keys(change).find((name) => !(name in schema.shape))
  if (unknown !== undefined) {
    throw new AppError('not-capable', `a RabbitMQ ${what} has no setting "${unknown}"`)
  }
  return { ...before, ...change }
}
