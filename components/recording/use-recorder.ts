import { useCallback, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { roomSnapshotSchema } from '#lib/protocol/room.ts'
import { createRecorder, type Recorder, type RecorderState } from '#lib/recording/recorder.ts'
import { useFeed } from '../feed/feed-context.tsx'

async function snapshotOf(room: string) {
  const answer = await fetch(`/api/rooms/${room}`)
  if (!answer.ok) throw new Error(`the room answered ${answer.status}`)
  return roomSnapshotSchema.parse(await answer.json())
}

const sourceOf = (feed: Feed, room: string) => ({
  onEvents: feed.onEvents,
  page: (since: { epoch: string; seq: number }) => feed.command('room:events', { since }),
  snapshot: () => snapshotOf(room),
})

export interface RecorderControl {
  recorder: Recorder | null
  state: RecorderState | 'idle'
  start(): void
  /** Drops the recording. */
  discard(): void
}

/** The recorder of this page's room. It stops when the page's feed changes. */
export function useRecorder(room: string): RecorderControl {
  const feed = useFeed()
  const [recorder, setRecorder] = useState<Recorder | null>(null)
  const [state, setState] = useState<RecorderControl['state']>('idle')
  useEffect(() => () => recorder?.stop(), [recorder])
  const start = useCallback(() => {
    const made: Recorder = createRecorder({
      source: sourceOf(feed, room),
      now: feed.now,
      onChange: () => setState(made.state),
    })
    setRecorder(made)
    setState(made.state)
  }, [feed, room])
  const discard = useCallback(() => {
    setRecorder(null)
    setState('idle')
  }, [])
  return { recorder, state, start, discard }
}
