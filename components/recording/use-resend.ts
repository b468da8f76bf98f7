import { useEffect, useRef, useState } from 'react'
import type { RecordedSends, ResendProgress } from '#lib/recording/resend.ts'
import { randomUuid } from '#lib/util/uuid.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { fetchUntilThere } from '../ui/on-demand.tsx'

const waitUnless = (signal: AbortSignal) => (ms: number) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

export interface Resend {
  progress: ResendProgress | null
  running: boolean
  run(sends: RecordedSends, speed: number): Promise<void>
  stop(): void
}

/** Publishes the recorded messages again in this room, one run at a time. Leaving the page stops it. */
export function useResend(): Resend {
  const feed = useFeed()
  const [progress, setProgress] = useState<ResendProgress | null>(null)
  const [running, setRunning] = useState(false)
  const aborting = useRef<AbortController | null>(null)
  useEffect(() => () => aborting.current?.abort(), [])
  const run = async ({ sends }: RecordedSends, speed: number) => {
    const controller = new AbortController()
    aborting.current = controller
    setRunning(true)
    const { resend } = await fetchUntilThere(() => import('#lib/recording/resend.ts'))
    await resend({
      sends,
      speed,
      destinations: feed.views.destinations,
      publish: (input) => feed.command('message:publish', input),
      wait: waitUnless(controller.signal),
      now: () => performance.now(),
      newId: randomUuid,
      signal: controller.signal,
      onProgress: setProgress,
    })
    setRunning(false)
  }
  return { progress, running, run, stop: () => aborting.current?.abort() }
}
