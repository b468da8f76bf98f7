import type { Declared } from '#lib/brokers/contract.ts'

/** The note of a declaration: those of the sentences that are given, joined. Without any there is no note. */
export function noteOf(...sentences: ReadonlyArray<string | undefined>): Pick<Declared, 'note'> {
  const note = sentences.filter((sentence) => sentence !== undefined).join(' ')
  return note === '' ? {} : { note }
}

/** Says that a queue or stream beside the destination existed before, perhaps made by another program. */
export const usedAsItIs = (noun: 'queue' | 'stream', name: string): string =>
  `The ${noun} "${name}" beside it was there already, and is used as it is.`
