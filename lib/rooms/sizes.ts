import { Buffer } from 'node:buffer'
import { isLifeEvent, type LifeEvent, type RoomEvent } from '#lib/protocol/events.ts'

/**
 * What an event costs in history, in bytes, without writing it out: a fixed share for its fields and the measured
 * length of what people and programs can make long. Close to its JSON, and cheap enough for every event.
 */
const LIFE_EVENT_BYTES = 360
const FIELD_BYTES = 16

export function sizeOf(event: RoomEvent): number {
  return isLifeEvent(event) ? LIFE_EVENT_BYTES + contentSize(event) : roughSize(event)
}

/** The part of a life event's size that its content makes up; 0 where it carries none. */
export function contentSize(event: Partial<LifeEvent>): number {
  if (event.number === undefined) return 0
  let size = FIELD_BYTES
  if (event.text !== undefined) size += Buffer.byteLength(event.text)
  if (event.bytes !== undefined) size += event.bytes.length
  if (event.key !== undefined) size += event.key.length
  if (event.headers !== undefined) size += roughSize(event.headers)
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
