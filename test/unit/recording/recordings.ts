import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { RECORDING_FORMAT, RECORDING_VERSION, type Recording } from '#lib/recording/format.ts'

/** An empty room as a server would describe it. */
export const snapshotAt = (seq: number, more: Partial<RoomSnapshot> = {}): RoomSnapshot => ({
  room: 'lobby',
  epoch: 'epoch-1',
  seq,
  firstSeq: 1,
  number: 0,
  destinations: [],
  consumers: [],
  people: [],
  brokers: [],
  loads: [],
  ...more,
})

export const recordingOf = (events: readonly RoomEvent[], snapshot = snapshotAt(0)): Recording => ({
  header: {
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    room: 'lobby',
    epoch: 'epoch-1',
    startedAt: 1,
    startedSeq: snapshot.seq,
    events: events.length,
    snapshot,
  },
  events,
})

export const textOf = ({ header, events }: Recording): string =>
  [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('')

export const atOnce = () => Promise.resolve()
