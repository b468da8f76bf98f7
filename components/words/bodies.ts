import type { ContentView } from '#lib/ledger/model/views.ts'
import type { Opened } from '#lib/util/open-gzip.ts'
import { formatBytes, formatCount } from '../ui/format.ts'

type Body = Pick<ContentView, 'text' | 'nullBody' | 'unreadable' | 'bytes' | 'encoding' | 'omittedBytes'>

/** What stands where a body without any text would leave a gap; null where there is text. */
export function noBodyWord({
  text,
  nullBody,
  unreadable,
}: Pick<Body, 'text' | 'nullBody' | 'unreadable'>): string | null {
  if (unreadable !== null) return unreadableWords(unreadable)
  if (nullBody) return 'null'
  return text === '' ? 'empty' : null
}

/** Why a body could not be read, and how many records came together and are lost with it. */
const unreadableWords = ({ records, reason }: NonNullable<Body['unreadable']>): string =>
  records === 1 ? `Unreadable: ${reason}` : `${formatCount(records)} records, unreadable: ${reason}`

/** What a body says where it stands among other words. */
export const bodyWords = (body: Pick<Body, 'text' | 'nullBody' | 'unreadable'> | undefined): string =>
  body === undefined ? '…' : (noBodyWord(body) ?? body.text ?? '…')

/** What a body is where it is no text; null where it is text. */
export function bytesWord({ bytes, encoding }: Pick<Body, 'bytes' | 'encoding'>): string | null {
  return bytes === null ? null : (encoding ?? 'bytes, not UTF-8')
}

/** `312 bytes, gzip, of which the last 24 are not kept` */
export function sizeWords(
  { nullBody, unreadable, bytes, encoding, omittedBytes }: Body,
  held: number,
): string {
  if (unreadable !== null) return 'unknown: the body could not be read'
  if (nullBody) return 'none: the body is null'
  const kind = bytesWord({ bytes, encoding })
  return [
    `${formatCount(held + omittedBytes)} bytes`,
    ...(kind === null ? [] : [kind === 'gzip' ? 'gzip' : 'not UTF-8']),
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
