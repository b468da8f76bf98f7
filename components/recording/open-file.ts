import { isTooLarge, type ReadResult, readRecording } from '#lib/recording/read.ts'

/** Lets the page draw and answer between two portions of work. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Reads a file that a person chose. Rejects only where the file itself cannot be read. */
export async function readFile(file: File): Promise<ReadResult> {
  if (isTooLarge(file.size)) return { ok: false, fault: { code: 'too-large' } }
  return await readRecording(await file.text(), { breathe })
}
