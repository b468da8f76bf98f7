import { Buffer, isUtf8 } from 'node:buffer'
import type { Content } from '#lib/protocol/events.ts'
import {
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
  OUTSIDE_TEXT_MAX_BYTES,
} from '#lib/protocol/limits.ts'

/** What an event says of a message's body. */
export type BodyContent = Pick<Content, 'text' | 'bytes' | 'omittedBytes' | 'headers'>

/** Where a message's body can be read when an event has to carry it: as typed, or as it came. */
export type BodySource =
  | { readonly text: string; readonly headers?: Record<string, string> }
  | { readonly body: Uint8Array; readonly headers?: Record<string, string> }

/** Content as an event carries it: without `text` only where nobody remembers it any more. */
export type CarriedContent = Partial<Content>

const replacing = new TextDecoder('utf-8', { ignoreBOM: true })
const CONTINUATION_MASK = 0b1100_0000
const CONTINUATION = 0b1000_0000
/** A code point has at most three continuation bytes. */
const MAX_CONTINUATIONS = 3

export function readBody(source: BodySource): BodyContent {
  const body = 'text' in source ? { text: source.text } : decodeBody(source.body)
  return source.headers === undefined ? body : { ...body, headers: clipHeaders(source.headers) }
}

/** Shortens what a program outside made longer than people may; what is cut ends in an ellipsis. */
export const clip = (text: string, maxChars: number): string =>
  text.length > maxChars ? `${text.slice(0, maxChars)}…` : text

function clipHeaders(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers)
  const fits =
    entries.length <= HEADERS_MAX && entries.every(([, value]) => value.length <= HEADER_VALUE_MAX_CHARS)
  if (fits) return headers
  return Object.fromEntries(
    entries
      .slice(0, HEADERS_MAX)
      .map(([name, value]) => [clip(name, HEADER_NAME_MAX_CHARS), clip(value, HEADER_VALUE_MAX_CHARS)]),
  )
}

/**
 * Reads a body as text. A body that is not valid UTF-8 gives a readable rendering and its bytes in base64; one longer
 * than an event may carry gives its beginning and says how much is left out.
 */
function decodeBody(body: Uint8Array): BodyContent {
  const kept = body.byteLength > OUTSIDE_TEXT_MAX_BYTES ? body.subarray(0, cutPoint(body)) : body
  const view = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)
  const omitted = body.byteLength - kept.byteLength
  const content: BodyContent = isUtf8(view)
    ? { text: view.toString('utf8') }
    : { text: replacing.decode(view), bytes: view.toString('base64') }
  return omitted > 0 ? { ...content, omittedBytes: omitted } : content
}

/** The longest beginning that does not cut a character in two. */
function cutPoint(body: Uint8Array): number {
  let end = OUTSIDE_TEXT_MAX_BYTES
  for (let back = 0; back < MAX_CONTINUATIONS && isContinuation(body[end]); back += 1) end -= 1
  return isContinuation(body[end]) ? OUTSIDE_TEXT_MAX_BYTES : end
}

const isContinuation = (byte: number | undefined) =>
  byte !== undefined && (byte & CONTINUATION_MASK) === CONTINUATION
