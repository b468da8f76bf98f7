import { AppError } from '#lib/protocol/errors.ts'
import { OUTSIDE_TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { metadataChars } from '#lib/protocol/metadata.ts'
import type { BrowsedMessage, BrowsedPage, BrowseRequest } from '../contract.ts'

/** Where a page of what is kept begins (`after`, inclusive) or ends (`before`, exclusive), in a destination's own terms. */
export type BrowseStart =
  | { side: 'after'; position: string | null }
  /** Null: the end. */
  | { side: 'before'; position: string | null }

/** Reads `from` of a request. Throws AppError `invalid`. */
export function browseStart(from: string): BrowseStart {
  if (from === 'oldest') return { side: 'after', position: null }
  if (from === 'newest') return { side: 'before', position: null }
  const [side, position = ''] = from.split(':')
  if ((side !== 'after' && side !== 'before') || position === '') throw notAPosition(from)
  return { side, position }
}

export const after = (position: string | number): string => `after:${position}`
export const before = (position: string | number): string => `before:${position}`

export const notAPosition = (from: string): AppError =>
  new AppError('invalid', `"${from}" is no position here`, { detail: { field: 'from' } })

export const NOTHING_KEPT: BrowsedPage = { messages: [], older: null, newer: null }

/**
 * How many of these messages make a page: as many as it may have, and about as many bytes, counted from the side on which
 * the page begins.
 */
export function pageLength(
  messages: readonly BrowsedMessage[],
  { limit, maxBytes }: BrowseRequest,
  side: BrowseStart['side'],
): number {
  let bytes = 0
  const most = Math.min(limit, messages.length)
  for (let taken = 0; taken < most; taken += 1) {
    const message = messages[side === 'after' ? taken : messages.length - 1 - taken]
    if (message !== undefined) bytes += sizeOf(message)
    if (bytes > maxBytes) return Math.max(1, taken)
  }
  return most
}

/** About what a message takes on a page, where its body is cut. */
const sizeOf = ({ body, key, metadata }: BrowsedMessage): number =>
  Math.min(body.byteLength, OUTSIDE_TEXT_MAX_BYTES) + (key?.length ?? 0) + metadataChars(metadata?.() ?? {})
