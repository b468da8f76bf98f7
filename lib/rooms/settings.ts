import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { type Settings, settingsSchema } from '#lib/protocol/room.ts'

/** Checks settings against a manifest's schema and fills in its defaults. Throws `invalid`. */
export function parseSettings(schema: z.ZodType, settings: Settings): Settings {
  const parsed = schema.pipe(settingsSchema).safeParse(settings)
  if (parsed.success) return parsed.data
  throw new AppError('invalid', z.prettifyError(parsed.error), { detail: { field: 'settings' } })
}
