/*
 * What nobody sees, and what turns the text around it about: controls, half a surrogate pair, separators of lines, the
 * controls of the bidirectional algorithm, and what Unicode lets a display ignore (zero-width spaces, fillers, tags).
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2800]/u
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu')

/**
 * Of those, writing needs some in their places: a joiner between letters of some scripts and in emoji, an emoji's
 * variant, a flag's tags.
 */
const JOINED =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])(?<![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])(?:\u200c|\u200d)(?=[\p{L}\p{Extended_Pictographic}])/gu
const VARIANT = /(?<=[\p{Emoji}\p{Extended_Pictographic}])(?:\ufe0e|\ufe0f)/gu
const FLAG_TAGS = /(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]{1,16}\u{e007f}/gu

/** So many accents on one letter are written over their neighbours. */
const STACKED = /\p{M}{5}/u

/** Something to be seen: a letter, a digit, a sign. A name of spaces, or of accents on nothing, has none. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

const withoutNeeded = (text: string): string =>
  text.replaceAll(FLAG_TAGS, '').replaceAll(VARIANT, '').replaceAll(JOINED, '')

/** Whether people see all of a name, in the place where it stands: nothing in it is hidden, or acts on the text around it. */
export function isReadableName(name: string): boolean {
  const rest = withoutNeeded(name)
  return !HIDDEN.test(rest) && VISIBLE.test(rest) && !STACKED.test(rest)
}

const PLAIN = /^[!-~]+$/
const written = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`

/** A name that somebody else chose, its hidden characters written out (`\u{202E}`), so that two names never look the same. */
export function withHiddenWritten(name: string): string {
  if (name === '' || PLAIN.test(name) || isReadableName(name)) return name
  const shown = name.replaceAll(ALL_HIDDEN, written)
  return VISIBLE.test(shown) ? shown : shown.replaceAll(/\s/gu, written)
}
