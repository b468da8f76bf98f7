import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'

/** Settings parsed by their schema, with defaults. Throws AppError `invalid`. */
export function parsed<T>(schema: z.ZodType<T>, settings: Settings): T {
  const result = schema.safeParse(settings)
  if (result.success) return result.data
  throw new AppError('invalid', z.prettifyError(result.error), { detail: { field: 'settings' } })
}

/**
 * `settings` with `change` applied. Throws AppError `not-capable` for a setting that is not in `live`, or does not exist: such
 * a change takes another consumer, or another destination.
 */
export function changed<T extends object>(
  schema: z.ZodType<T>,
  settings: Settings,
  change: Settings,
  live: readonly (keyof T & string)[],
): T {
  const before: Settings = { ...parsed(schema, settings) } as Settings
  for (const [name, value] of Object.entries(change)) {
    if (before[name] === value || (live as readonly string[]).includes(name)) continue
    const why =
      name in before ? `"${name}" cannot change while it is in use` : `there is no setting "${name}"`
    throw new AppError('not-capable', why, { detail: { setting: name } })
  }
  return parsed(schema, { ...before, ...change })
}
