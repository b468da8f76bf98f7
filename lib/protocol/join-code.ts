import * as z from 'zod'

/**
 * Symbols of a join code. None is taken for another when it is read aloud or from the back of a hall: no 0 and O, no 1, I and
 * L, no 2 and Z, no 5 and S, no 8 and B.
 */
export const JOIN_CODE_SYMBOLS = 'ACDEFGHJKMNPQRTUVWXY34679'
export const JOIN_CODE_LENGTH = 6

const TYPED_MAX_CHARS = 40

/** A join code as people type it: small letters, spaces and dashes do no harm. One of another shape is simply a wrong code. */
export const joinCodeSchema = z.string().max(TYPED_MAX_CHARS).transform(plainJoinCode)

/** A code without what people type around it. */
export function plainJoinCode(typed: string): string {
  return typed.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase()
}

/** A code in two halves, which are easier to read aloud and to type: "7KM 4TX". */
export const shownJoinCode = (code: string): string => `${code.slice(0, 3)} ${code.slice(3)}`.trim()
