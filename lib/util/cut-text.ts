const encoder = new TextEncoder()
const HIGH_SURROGATE = /[\ud800-\udbff]$/

/** The beginning of a text, at most `maxChars` long and never ending within a character; and how many bytes of UTF-8 follow. */
export function cutText(whole: string, maxChars: number): { text: string; omittedBytes: number } {
  if (whole.length <= maxChars) return { text: whole, omittedBytes: 0 }
  const text = whole.slice(0, maxChars).replace(HIGH_SURROGATE, '')
  return { text, omittedBytes: encoder.encode(whole.slice(text.length)).length }
}
