import { useCallback, useEffect, useState } from 'react'
import type { Recorder, RecorderState } from '#lib/recording/recorder.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { fetchUntilThere } from '../ui/on-demand.tsx'

export interface RecorderControl {
  recorder: Recorder | null
  state: RecorderState | 'idle'
  start(): Promise<void>
  /** Drops the recording. */
  discard(): void
}

/** The recorder of this page's room. It stops when the page's feed changes. */
export function useRecorder(room: string): RecorderControl {
  const feed = useFeed()
  const [recorder, setRecorder] = useState<Recorder | null>(null)
  const [state, setState] = useState<RecorderControl['state']>('idle')
  useEffect(() => () => recorder?.stop(), [recorder])
  const start = useCallback(async () => {
    setState('starting')
    const { recordRoom } = await fetchUntilThere(() => import('./room-recorder.ts'))
    const made: Recorder = recordRoom(feed, room, () => setState(made.state))
    setRecorder(made)
    setState(made.state)
  }, [feed, room])
  const discard = useCallback(() => {
    setRecorder(null)
    setState('idle')
  }, [])
  return { recorder, state, start, discard }
}
