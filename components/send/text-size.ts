import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { formatCount } from '../ui/format.ts'

/** From here on the counter shows: the last kibibyte. */
const SHOW_FROM_BYTES = TEXT_MAX_BYTES - 1024

const encoder = new TextEncoder()

export interface TextSize {
  tooLong: boolean
  /** "7,900 of 8,192 bytes", or null while there is room. */
  words: string | null
}

/** How much of the limit a text uses. The limit counts bytes of UTF-8, as the brokers do. */
export function textSize(text: string): TextSize {
  const bytes = encoder.encode(text).length
  if (bytes < SHOW_FROM_BYTES) return { tooLong: false, words: null }
  return {
    tooLong: bytes > TEXT_MAX_BYTES,
    words: `${formatCount(bytes)} of ${formatCount(TEXT_MAX_BYTES)} bytes`,
  }
}
