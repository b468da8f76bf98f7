/** Longer than any character that a person writes: an emoji of a family with skin tones has 30 units. */
const CHARACTER_MAX_UNITS = 64

const encoder = new TextEncoder()
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * The beginning of a text, at most `max` UTF-16 units of it, cut between two characters as people see them: an emoji of
 * several code points, or a letter with its accents, is there as a whole or not at all.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const { index = max } = characters.segment(text.slice(0, max + CHARACTER_MAX_UNITS)).containing(max) ?? {}
  // A letter under a thousand accents is cut all the same, between code points.
  return text.slice(0, max - index < CHARACTER_MAX_UNITS ? index : betweenCodePoints(text, max))
}

/** The same, and how many bytes of UTF-8 follow. */
export function cutCounted(whole: string, max: number): { text: string; omittedBytes: number } {
  const text = cutText(whole, max)
  return { text, omittedBytes: text === whole ? 0 : encoder.encode(whole.slice(text.length)).length }
}

/** The same, with an ellipsis where something was cut. */
export const shorten = (text: string, max: number): string =>
  text.length > max ? `${cutText(text, max)}…` : text

/** The end of a text, at most `max` UTF-16 units of it, without half a code point at its beginning. */
export function lastOfText(text: string, max: number): string {
  if (text.length <= max) return text
  const from = text.length - max
  return text.slice(from === betweenCodePoints(text, from) ? from : from + 1)
}

/** The first character as people see it; empty for an empty text. */
export const firstCharacter = (text: string): string =>
  characters.segment(text.slice(0, CHARACTER_MAX_UNITS)).containing(0)?.segment ?? ''

const betweenCodePoints = (text: string, at: number): number =>
  (text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at
