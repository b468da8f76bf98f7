import { isTooLarge, type ReadResult, readRecording } from '#lib/recording/read.ts'

/** Yields to the browser, so that the page can paint and handle input between two portions of work. */
export const yieldToBrowser = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Reads a recording from a file. Rejects only if the browser cannot read the file. */
export async function readFile(file: File): Promise<ReadResult> {
  if (isTooLarge(file.size)) return { ok: false, fault: { code: 'too-large' } }
  return await readRecording(await file.text(), { breathe: yieldToBrowser })
}
