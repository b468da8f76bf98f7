import { isTooLarge, type ReadResult, readRecording } from '#lib/recording/read.ts'
import { yieldToBrowser } from './yield-to-browser.ts'

/** Reads a recording from a file. Rejects only if the browser cannot read the file. */
export async function readFile(file: File): Promise<ReadResult> {
  if (isTooLarge(file.size)) return { ok: false, fault: { code: 'too-large' } }
  return await readRecording(await file.text(), { yieldNow: yieldToBrowser })
}
