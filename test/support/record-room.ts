import { createRecorder, type Recorder } from '#lib/recording/recorder.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { until } from './until.ts'

const PAGE_EVENTS = 1_000

/** Records a room of this process. Resolves once its history has been read; whoever asks for it stops it. */
export async function recordRoom(room: Room): Promise<Recorder> {
  const recorder = createRecorder({
    source: {
      onEvents: (listener) => room.onEvent((event) => listener([event])),
      page: async (since) => ({ ok: true, value: await room.eventsSince(since, PAGE_EVENTS) }),
      snapshot: () => room.snapshot(),
    },
    now: Date.now,
    onChange: () => undefined,
  })
  await until('the recording to begin', () => recorder.state !== 'starting')
  if (recorder.state !== 'recording') throw new Error(`nothing is recorded: ${recorder.state}`)
  return recorder
}
