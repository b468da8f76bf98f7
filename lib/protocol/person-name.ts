import { isReadableName } from '#lib/util/hidden-characters.ts'

export const PERSON_NAME_MAX_CHARS = 40

/**
 * A name as a person typed it, made ready to be chosen; null where it is none. The same as `personNameSchema`, without a
 * schema, for the page's first script.
 */
export function chosenName(typed: string): string | null {
  const name = typed.trim().normalize()
  return name !== '' && name.length <= PERSON_NAME_MAX_CHARS && isReadableName(name) ? name : null
}
