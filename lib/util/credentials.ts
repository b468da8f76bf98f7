import type { Unsubscribe } from './emitter.ts'
import { once } from './once.ts'

/*
 * Credentials ride in URLs, and libraries repeat URLs, and passwords alone, in errors, causes and arguments. Whatever leaves
 * for a log, a screen or a caller passes through `withoutCredentials`.
 */

const MASK = '***'
/** A JSON escape counts as one character: a line of the log is masked as it is written. */
const CHARACTER = String.raw`(?:\\.|[^\s"\\])`
const UNTIL_PATH = String.raw`(?:\\.|[^\s"\\/?#])`

const FORMS: ReadonlyArray<readonly [RegExp, string]> = [
  // A password typed into a broker's URL as it is may hold `/`, `?` and `@`: all up to the last `@` goes.
  [new RegExp(String.raw`\b((?:amqps?|rediss?|kafka):\/\/)${CHARACTER}*@`, 'gi'), `$1${MASK}@`],
  [new RegExp(String.raw`([a-z][a-z0-9+.-]*:\/\/)${UNTIL_PATH}*@`, 'gi'), `$1${MASK}@`],
  // The same as a part of another address.
  [/(%3A%2F%2F)[^\s"&?#]*%40/gi, `$1${MASK}%40`],
  [/((?:[?&;]|\b)(?:password|passwd|pwd|secret|token)=)(?:\\.|[^\s"\\&;,#])+/gi, `$1${MASK}`],
  // A command of Redis as its client library attaches it to an error.
  [/("name":"(?:auth|hello)","args":\[)[^\]]*\]/gi, `$1"${MASK}"]`],
]

/** Shorter ones are masked in URLs alone: as words of their own they stand in every other sentence. */
const SECRET_MIN_CHARS = 4

/** Next bundles route handlers apart, so a variable of a module would exist twice in the process; this one does not. */
const KEY = Symbol.for('switchboard.secrets')
const holder = globalThis as { [KEY]?: Set<RegExp> }

/** `text` with credentials masked: those of any URL in it, and known secrets wherever they stand. */
export function withoutCredentials(text: string): string {
  let masked = text
  // A password with spaces in it would end the form of a URL.
  for (const secret of holder[KEY] ?? []) masked = masked.replace(secret, MASK)
  for (const [form, replacement] of FORMS) masked = masked.replace(form, replacement)
  return masked
}

/** Makes secrets known until the returned function is called. */
export function rememberSecrets(secrets: Iterable<string>): Unsubscribe {
  // The longest first: one may be a part of another.
  const patterns = [...secrets]
    .filter(({ length }) => length >= SECRET_MIN_CHARS)
    .sort((a, b) => b.length - a.length)
    .map(patternOf)
  holder[KEY] ??= new Set()
  const known = holder[KEY]
  for (const pattern of patterns) known.add(pattern)
  return once(() => {
    for (const pattern of patterns) known.delete(pattern)
  })
}

/** It stands alone: a part of a longer word is another word. A JSON escape before it is no letter. */
const patternOf = (form: string): RegExp => {
  const literal = form.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
  return new RegExp(String.raw`(?:(?<![\p{L}\p{N}])|(?<=\\[bfnrt]))${literal}(?![\p{L}\p{N}])`, 'gu')
}
