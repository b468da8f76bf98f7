/** A list with its negation and its members, which need not be closed, or one character. */
const TOKEN = /\[(\^?)((?:\\.|[^\]]-.|[^\]])*)\]?|\\?(.)/gs
/** An escaped character, a range, or a character. */
const MEMBER = /\\(.)|(.)-(.)|(.)/gs

/** Whether it matches a byte; null matches any text. */
type Step = ((byte: string) => boolean) | null

/**
 * Whether a text matches a glob: `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, and `\` before a character that is meant literally. It
 * compares bytes, as Redis does (redis.io/docs/latest/commands/psubscribe): `?` is one byte, not one letter.
 */
export function createGlobMatcher(pattern: string): (text: string) => boolean {
  const steps = Array.from(bytesOf(pattern).matchAll(TOKEN), stepOf)
  return (text) => matches(steps, bytesOf(text))
}

export const matchesGlob = (pattern: string, text: string): boolean => createGlobMatcher(pattern)(text)

/** One character for each byte. */
const bytesOf = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

function stepOf([token, negation, members, character]: RegExpMatchArray): Step {
  if (token === '*') return null
  if (token === '?') return () => true
  if (members === undefined) return (byte) => byte === character
  return (byte) => includes(members, byte) !== (negation === '^')
}

function includes(members: string, byte: string): boolean {
  for (const [, escaped, from, to, one] of members.matchAll(MEMBER)) {
    const [low, high] = [from, to].sort()
    if (byte === (escaped ?? one)) return true
    if (low !== undefined && high !== undefined && low <= byte && byte <= high) return true
  }
  return false
}

/** Every step but a star's consumes one byte, so going back to the latest star is enough: no text takes long. */
function matches(steps: readonly Step[], text: string): boolean {
  let at = 0
  let star = -1
  let starFrom = 0
  for (let read = 0; read < text.length; ) {
    const step = steps[at]
    if (step === null) {
      star = at++
      starFrom = read
    } else if (step?.(text.charAt(read))) {
      at++
      read++
    } else if (star >= 0) {
      at = star + 1
      read = ++starFrom
    } else return false
  }
  return steps.slice(at).every((step) => step === null)
}
