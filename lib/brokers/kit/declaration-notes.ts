import type { Declared } from '#lib/brokers/contract.ts'

/** The note of a declaration, of those sentences that there are; without any there is none. */
export function noteOf(...sentences: ReadonlyArray<string | undefined>): Pick<Declared, 'note'> {
  const note = sentences.filter((sentence) => sentence !== undefined).join(' ')
  return note === '' ? {} : { note }
}

/** Something that belongs to a destination, and may be another program's. */
export const wasBeside = (noun: 'queue' | 'stream', name: string): string =>
  `The ${noun} "${name}" beside it was there already, and is used as it is.`
