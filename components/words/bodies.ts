import type { ContentView } from '#lib/ledger/model/views.ts'
import type { Opened } from '#lib/util/open-packed.ts'
import { bytesOfBase64, hexDigits } from '#lib/util/show-bytes.ts'
import { formatBytes, formatCount } from '../ui/format.ts'

type Body = Pick<ContentView, 'text' | 'nullBody' | 'unreadable' | 'bytes' | 'encoding' | 'omittedBytes'>

/** Nothing but characters that leave no mark. */
const BLANK = /^[\s\p{Cc}\p{Cf}]+$/u

/** What stands where a body would leave a gap; null where it has text that shows. */
export function noBodyWord({
  text,
  nullBody,
  unreadable,
  omittedBytes,
}: Pick<Body, 'text' | 'nullBody' | 'unreadable' | 'omittedBytes'>): string | null {
  if (unreadable !== null) return unreadableWords(unreadable)
  if (nullBody) return 'null'
  if (text === '') return 'empty'
  return text !== null && omittedBytes === 0 && BLANK.test(text) ? 'blank' : null
}

/** So many bytes of a body that is no text stand in a row. */
const ROW_BYTES = 16

/** The body of a row: its text; the first bytes of one that is no text, because text made of them would be another. */
export function rowText(
  { text, bytes, encoding }: Pick<Body, 'text' | 'bytes' | 'encoding'>,
  maxBytes = ROW_BYTES,
): string {
  if (bytes === null || encoding !== null) return text ?? '…'
  // Four characters of base64 are three bytes.
  const first = bytesOfBase64(bytes.slice(0, Math.ceil((maxBytes + 1) / 3) * 4))
  return first.length > maxBytes ? `${hexDigits(first.subarray(0, maxBytes))} …` : hexDigits(first)
}

/** Why a body could not be read, and how many records came together and are lost with it. */
const unreadableWords = ({ records, reason }: NonNullable<Body['unreadable']>): string =>
  records === 1 ? `Unreadable: ${reason}` : `${formatCount(records)} records, unreadable: ${reason}`

/** What a body says where it stands among other words. */
export const bodyWords = (body: Body | undefined): string =>
  body === undefined ? '…' : (noBodyWord(body) ?? rowText(body))

/** What a body is where it is no text and does not say so itself; null where it does, and where it is text. */
export const bytesWord = ({ bytes, encoding }: Pick<Body, 'bytes' | 'encoding'>): string | null =>
  bytes === null || encoding !== null ? null : 'bytes'

/** White space that everybody expects in a text. */
const USUAL = /[\n\r\t]/
const UNSEEN_MAX = 8

/** `U+202E, U+FEFF`: the characters of a text that do not show, or change how others show; null where it has none. */
export function unseenWords(text: string): string | null {
  const found = new Set<string>()
  for (const [character] of text.matchAll(/[\p{Cc}\p{Cf}]/gu)) {
    if (USUAL.test(character)) continue
    found.add(`U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    if (found.size > UNSEEN_MAX) break
  }
  if (found.size === 0) return null
  const shown = [...found].slice(0, UNSEEN_MAX).join(', ')
  return found.size > UNSEEN_MAX ? `${shown} and more` : shown
}

/** `312 bytes, gzip, of which the last 24 are not kept` */
export function sizeWords(
  { nullBody, unreadable, bytes, encoding, omittedBytes }: Body,
  held: number,
): string {
  if (unreadable !== null) return 'unknown: the body could not be read'
  if (nullBody) return 'none: the body is null'
  const kind = bytes === null ? null : (encoding ?? 'not UTF-8')
  return [
    `${formatCount(held + omittedBytes)} bytes`,
    ...(kind === null ? [] : [kind]),
    ...(omittedBytes === 0 ? [] : [`of which the last ${formatCount(omittedBytes)} are not kept`]),
  ].join(', ')
}

/** Whom an outside message comes from, as far as that is known. */
export const outsideWords = (bearsIdOf: number | null): string =>
  bearsIdOf === null ? 'outside' : `outside, with the id of #${bearsIdOf}`

export function openedWords({ end, bytes }: Opened): string {
  const size = formatBytes(bytes.length)
  if (end === 'whole') return `${size} when opened`
  return end === 'limit' ? `its first ${size} when opened` : `damaged or cut: ${size} of it could be opened`
}

/** `24 more bytes` */
export const cutWords = (omittedBytes: number | undefined): string | null =>
  omittedBytes === undefined || omittedBytes === 0 ? null : `… ${formatCount(omittedBytes)} more bytes`
