/**
 * A set of small whole numbers: the bits of one number while they fit, since every message has two of these and most are
 * marked in a handful of places; a real set beyond.
 */
export type Marks = number | Set<number>

export const NO_MARKS: Marks = 0

/** Numbers below this are bits. */
const BITS = 31

export const hasMark = (marks: Marks, index: number): boolean =>
  typeof marks === 'number' ? index < BITS && (marks & (1 << index)) !== 0 : marks.has(index)

/** The marks with one more: a set that was given is added to, not copied. */
export function withMark(marks: Marks, index: number): Marks {
  if (typeof marks !== 'number') return marks.add(index)
  if (index < BITS) return marks | (1 << index)
  const bits = Array.from({ length: BITS }, (_, bit) => bit).filter((bit) => hasMark(marks, bit))
  return new Set([...bits, index])
}

export const copyMarks = (marks: Marks): Marks => (typeof marks === 'number' ? marks : new Set(marks))
