import * as z from 'zod'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { roomNameSchema } from '#lib/protocol/names.ts'
import { roomSnapshotSchema } from '#lib/protocol/room.ts'

/**
 * A recording is a `.jsonl` file: this header on the first line, then one event a line, as `GET …/events` sends them
 * (`docs/recordings.md`).
 */
export const RECORDING_FORMAT = 'switchboard.recording'
export const RECORDING_VERSION = 1

/** A recording holds at most this, whichever is met first: some twenty minutes of a busy room, and what a tab can bear. */
export const RECORDING_MAX_EVENTS = 200_000
export const RECORDING_MAX_CHARS = 96 * 1024 * 1024
/** A larger file is not even read: every character of ours takes at most three bytes. */
export const RECORDING_MAX_BYTES = 3 * RECORDING_MAX_CHARS

export const recordingHeaderSchema = z.object({
  format: z.literal(RECORDING_FORMAT),
  version: z.literal(RECORDING_VERSION),
  room: roomNameSchema,
  epoch: z.string().max(64),
  /** When recording began, Unix time in milliseconds, and the room's last event then. Earlier events are its history. */
  startedAt: z.number(),
  startedSeq: z.number().int().min(0),
  /** How many lines follow. */
  events: z.number().int().min(0),
  /** The room as it was when recording began. */
  snapshot: roomSnapshotSchema,
})
export type RecordingHeader = z.infer<typeof recordingHeaderSchema>

export interface Recording {
  header: RecordingHeader
  /** In the order of the stream: `seq` rises within an epoch. */
  events: readonly RoomEvent[]
}
