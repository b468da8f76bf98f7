import { Buffer, isUtf8 } from 'node:buffer'
import type { Content } from '#lib/protocol/events.ts'
import {
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
  OUTSIDE_TEXT_MAX_BYTES,
} from '#lib/protocol/limits.ts'

/** What an event carries of a message's body. */
export type BodyContent = Pick<Content, 'text' | 'bytes' | 'omittedBytes' | 'headers' | 'unreadable'>

/** What a message's body is read from when an event has to carry it: the text as typed, or the bytes as they came. */
export type BodySource =
  | { readonly text: string; readonly headers?: Record<string, string> }
  | {
      readonly body: Uint8Array
      readonly headers?: Record<string, string>
      readonly unreadable?: Content['unreadable']
    }

/** Content as an event carries it: without `text` only when nobody holds it any more. */
export type CarriedContent = Partial<Content>

const replacing = new TextDecoder('utf-8', { ignoreBOM: true })
const CONTINUATION_MASK = 0b1100_0000
const CONTINUATION = 0b1000_0000
/** A code point has at most three continuation bytes. */
const MAX_CONTINUATIONS = 3

/** A body in the form in which an event carries it, within the limits of what an event may carry. */
export function readBody(source: BodySource): BodyContent {
  const body: BodyContent = 'text' in source ? { text: source.text } : decodeBody(source.body)
  if ('unreadable' in source && source.unreadable) body.unreadable = source.unreadable
  return source.headers === undefined ? body : { ...body, headers: clipHeaders(source.headers) }
}

/** Shortens what a program outside made longer than the limits allow; what was cut ends in an ellipsis. */
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
 * Reads a body as text. A body that is not valid UTF-8 yields a readable rendering and its bytes in base64; one longer than
 * an event may carry yields its beginning and the number of bytes left out.
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

/** Where to cut so that no character is cut in two. */
function cutPoint(body: Uint8Array): number {
  let end = OUTSIDE_TEXT_MAX_BYTES
  for (let back = 0; back < MAX_CONTINUATIONS && isContinuation(body[end]); back += 1) end -= 1
  return isContinuation(body[end]) ? OUTSIDE_TEXT_MAX_BYTES : end
}

const isContinuation = (byte: number | undefined) =>
  byte !== undefined && (byte & CONTINUATION_MASK) === CONTINUATION
