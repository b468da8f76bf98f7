/**
 * A set of small whole numbers: the bits of one number while they fit, since every message has two of these and most are
 * marked in a handful of places; a real set beyond.
 */
export type IndexSet = number | Set<number>

export const NO_INDEXES: IndexSet = 0

/** Numbers below this are bits. */
const BITS = 31

export const hasIndex = (marks: IndexSet, index: number): boolean =>
  typeof marks === 'number' ? index < BITS && (marks & (1 << index)) !== 0 : marks.has(index)

/** The marks with one more: a set that was given is added to, not copied. */
export function withIndex(marks: IndexSet, index: number): IndexSet {
  if (typeof marks !== 'number') return marks.add(index)
  if (index < BITS) return marks | (1 << index)
  const bits = Array.from({ length: BITS }, (_, bit) => bit).filter((bit) => hasIndex(marks, bit))
  return new Set([...bits, index])
}

export const copyIndexSet = (marks: IndexSet): IndexSet =>
  typeof marks === 'number' ? marks : new Set(marks)
