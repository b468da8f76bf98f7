import { Buffer } from 'node:buffer'
import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import type { CarriedContent } from './content.ts'

/**
 * What an event costs in history, in bytes, without writing it out: a fixed share for its fields and the measured
 * length of what people and programs can make long. Close to its JSON, and cheap enough for every event.
 */
const LIFE_EVENT_BYTES = 360
const FIELD_BYTES = 16

/** Without its message's content, which is counted once for each message. */
export const sizeOf = (event: RoomEvent): number => (isLifeEvent(event) ? LIFE_EVENT_BYTES : roughSize(event))

export function contentSize({ text, bytes, key, headers }: CarriedContent): number {
  let size = FIELD_BYTES
  if (text !== undefined) size += Buffer.byteLength(text)
  if (bytes !== undefined) size += bytes.length
  if (key !== undefined) size += key.length
  if (headers !== undefined) size += roughSize(headers)
  return size
}

/** For the rare kinds, whose lists can be long. */
function roughSize(value: unknown): number {
  if (typeof value === 'string') return FIELD_BYTES + value.length
  if (typeof value !== 'object' || value === null) return FIELD_BYTES
  let size = FIELD_BYTES
  for (const inner of Object.values(value)) size += FIELD_BYTES + roughSize(inner)
  return size
}
