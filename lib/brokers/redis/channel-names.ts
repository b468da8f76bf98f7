/** A sub-channel's name on the broker. */
export const subChannel = (address: string, key: string | undefined): string =>
  key === undefined || key === '' ? address : `${address}.${key}`

/** The pattern to PSUBSCRIBE to: the address is meant literally, whatever characters it has. */
export const globOf = (address: string, pattern: string): string =>
  `${address.replace(/[*?[\]\\^]/g, '\\$&')}${pattern}`

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const code = (character: string): number => character.charCodeAt(0)
const STAR = code('*')
const QUESTION = code('?')
const OPEN = code('[')
const CLOSE = code(']')
const BACKSLASH = code('\\')
const CARET = code('^')
const DASH = code('-')

/**
 * Whether a channel's name matches a pattern as PSUBSCRIBE has it (redis.io/docs/latest/commands/psubscribe): `*`, `?`,
 * `[abc]`, `[^a]`, `[a-z]` and `\` before a character that is meant literally. It compares bytes, as Redis does: `?` is
 * one byte, not one letter. Pure; runs in the browser.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(bytesOf(pattern), bytesOf(text))
}

/** Every step but a star's consumes one byte, so going back to the latest star is enough: no text takes long. */
function matches(pattern: Uint8Array, text: Uint8Array): boolean {
  let at = 0
  let star = -1
  let starFrom = 0
  for (let read = 0; read < text.length; ) {
    if (pattern[at] === STAR) {
      star = at++
      starFrom = read
      continue
    }
    const next = at < pattern.length ? step(pattern, at, text[read] ?? 0) : null
    if (next !== null) {
      at = next
      read++
    } else if (star >= 0) {
      at = star + 1
      read = ++starFrom
    } else return false
  }
  while (pattern[at] === STAR) at++
  return at === pattern.length
}

/** Where the pattern goes on after `byte`; null when it does not match it. */
function step(pattern: Uint8Array, at: number, byte: number): number | null {
  switch (pattern[at]) {
    case QUESTION:
      return at + 1
    case OPEN:
      return oneOf(pattern, at + 1, byte)
    case BACKSLASH: {
      const literal = at + 1 < pattern.length ? at + 1 : at
      return pattern[literal] === byte ? literal + 1 : null
    }
    default:
      return pattern[at] === byte ? at + 1 : null
  }
}

function oneOf(pattern: Uint8Array, from: number, byte: number): number | null {
  const isNegated = pattern[from] === CARET
  let found = false
  let at = isNegated ? from + 1 : from
  for (; at < pattern.length && pattern[at] !== CLOSE; at++) {
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) {
      at++
      found ||= pattern[at] === byte
    } else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      const ends = [pattern[at] ?? 0, pattern[at + 2] ?? 0]
      found ||= byte >= Math.min(...ends) && byte <= Math.max(...ends)
      at += 2
    } else found ||= pattern[at] === byte
  }
  // In Redis a list that is not closed ends with the pattern.
  return found === isNegated ? null : Math.min(at + 1, pattern.length)
}
