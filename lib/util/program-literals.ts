/**
 * Any text as a literal on one line of a program, so that what somebody typed can neither end the literal nor be seen
 * as something else than it is: control characters, line separators and marks that turn the direction of writing are
 * escaped.
 */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const HEX = 16

/** A literal that means the same in Python and in JavaScript: JSON's, with what cannot be seen escaped. */
export const literal = (text: string): string =>
  JSON.stringify(text).replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(HEX).padStart(4, '0')}`)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f]/
const hasUnseen = (text: string): boolean => text.search(UNSEEN) >= 0 || CONTROL.test(text)

/** Whether a shell can take the text as it stands, between quotes on one line. */
export const isPlain = (text: string): boolean => !hasUnseen(text)

/** One word of a POSIX shell. For names and plain texts; others go through `printfFormat`. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

const OCTAL = 8
const octal = (byte: number): string => `\\${byte.toString(OCTAL).padStart(3, '0')}`

/** `printf` with a format that gives exactly the text's bytes, whatever is in it. */
export function printfFormat(text: string): string {
  const escaped = Array.from(text, (char) => {
    if (hasUnseen(char)) return Array.from(new TextEncoder().encode(char), octal).join('')
    if (char === '\\') return '\\\\'
    if (char === '%') return '%%'
    return char === "'" ? "'\\''" : char
  })
  return `printf '${escaped.join('')}'`
}
