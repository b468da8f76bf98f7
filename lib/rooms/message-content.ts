import { Buffer, isUtf8 } from 'node:buffer'
import { constants, inflateSync } from 'node:zlib'
import type { Content } from '#lib/protocol/events.ts'
import { OUTSIDE_TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { Metadata } from '#lib/protocol/metadata.ts'

type BodyContent = Pick<Content, 'text' | 'bytes' | 'omittedBytes' | 'encoding' | 'nullBody' | 'unreadable'>

/** What an event carries of a message's body and of what rode beside it. */
type MessageContent = BodyContent & Metadata

/** What that is read from when an event has to carry it: the message as typed, or as it came. */
export type BodySource =
  | { readonly text: string; readonly headers?: Record<string, string> }
  | {
      readonly body: Uint8Array
      readonly nullBody?: boolean
      readonly unreadable?: Content['unreadable']
      readonly metadata?: () => Metadata
    }

/** Content as an event carries it: without `text` only when nobody holds it any more. */
export type CarriedContent = Partial<Content>

const replacing = new TextDecoder('utf-8', { ignoreBOM: true })
const CONTINUATION_MASK = 0b1100_0000
const CONTINUATION = 0b1000_0000
/** A code point has at most three continuation bytes. */
const MAX_CONTINUATIONS = 3

/**
 * A message in the form in which an event carries it, within the limits of what an event may carry: with all that rode beside
 * an outside message, and of one of ours with its sender's headers, since systems differ in what else they carry (`carried`).
 */
export function readContent(source: BodySource, shown: 'body' | 'headers' | 'all'): MessageContent {
  if ('text' in source) {
    const { text, headers } = source
    return headers === undefined ? { text } : { text, headers }
  }
  const { headers, ...others } = (shown === 'body' ? undefined : source.metadata?.()) ?? {}
  return {
    ...decodeBody(source.body),
    ...(source.nullBody ? { nullBody: true } : {}),
    ...(source.unreadable ? { unreadable: source.unreadable } : {}),
    ...(headers === undefined ? {} : { headers }),
    ...(shown === 'all' ? others : {}),
  }
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
    : decodeBytes(view, body.byteLength)
  return omitted > 0 ? { ...content, omittedBytes: omitted } : content
}

/** A gzip member begins with these (RFC 1952, 2.3.1): its mark, and the one method of compression that there is. */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08])
/** A zstd frame begins with these (RFC 8878, 3.1.1). */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** A zlib stream, which HTTP and AMQP call "deflate", begins with its method and its window (RFC 1950, 2.2), and may be anything else. */
const ZLIB_METHOD = 0x78
const ZLIB_CHECK = 31
/** So much of it is decompressed to see whether it is one. */
const PROBE_BYTES = 512
const PROBE_OUTPUT_MAX_BYTES = 2 * 1024 * 1024

function decodeBytes(view: Buffer, wholeLength: number): BodyContent {
  const bytes = view.toString('base64')
  const encoding = encodingOf(view)
  if (encoding !== null) return { text: `${encoding}, ${wholeLength} bytes`, bytes, encoding }
  return { text: replacing.decode(view), bytes }
}

function encodingOf(view: Buffer): NonNullable<Content['encoding']> | null {
  if (view.subarray(0, GZIP.length).equals(GZIP)) return 'gzip'
  if (view.subarray(0, ZSTD.length).equals(ZSTD)) return 'zstd'
  return isZlib(view) ? 'deflate' : null
}

function isZlib(view: Buffer): boolean {
  if (view[0] !== ZLIB_METHOD || view.length < 2 || view.readUInt16BE(0) % ZLIB_CHECK !== 0) return false
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: PROBE_OUTPUT_MAX_BYTES }
    inflateSync(view.subarray(0, PROBE_BYTES), options)
    return true
  } catch {
    // Whatever it throws, these bytes are no zlib stream.
    return false
  }
}

/** Where to cut so that no character is cut in two. */
function cutPoint(body: Uint8Array): number {
  let end = OUTSIDE_TEXT_MAX_BYTES
  for (let back = 0; back < MAX_CONTINUATIONS && isContinuation(body[end]); back += 1) end -= 1
  return isContinuation(body[end]) ? OUTSIDE_TEXT_MAX_BYTES : end
}

const isContinuation = (byte: number | undefined) =>
  byte !== undefined && (byte & CONTINUATION_MASK) === CONTINUATION
