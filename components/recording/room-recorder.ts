import type { Feed } from '#lib/feed/feed.ts'
import { roomSnapshotSchema } from '#lib/protocol/room.ts'
import { createRecorder, type Recorder } from '#lib/recording/recorder.ts'
import { pageAddress } from '#lib/util/page-address.ts'

async function snapshotOf(room: string) {
  const answer = await fetch(pageAddress(`/api/rooms/${room}`))
  if (!answer.ok) throw new Error(`the room answered ${answer.status}`)
  return roomSnapshotSchema.parse(await answer.json())
}

const sourceOf = (feed: Feed, room: string) => ({
  onEvents: feed.onEvents,
  page: (since: { epoch: string; seq: number }) => feed.command('room:events', { since }),
  snapshot: () => snapshotOf(room),
})

/** Starts to record the room of a feed. */
export const recordRoom = (feed: Feed, room: string, onChange: () => void): Recorder =>
  createRecorder({ source: sourceOf(feed, room), now: feed.now, onChange })
