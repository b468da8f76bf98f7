'use client'

import { useEffect, useRef, useState } from 'react'
import { type RecordedSends, type ResendProgress, resend, sendsOf } from '#lib/recording/resend.ts'
import { randomUuid } from '#lib/util/uuid.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { recordingFaultWords } from '../words/recording.ts'
import { FileButton } from './file-button.tsx'
import { readFile } from './open-file.ts'

const SPEEDS = [0.5, 1, 2, 4] as const

const waitUnless = (signal: AbortSignal) => (ms: number) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

export interface Again {
  progress: ResendProgress | null
  running: boolean
  run(sends: RecordedSends, speed: number): Promise<void>
  stop(): void
}

/** Runs the sends of a recording in this room, one run at a time; leaving the page ends it. */
export function useAgain(): Again {
  const feed = useFeed()
  const [progress, setProgress] = useState<ResendProgress | null>(null)
  const [running, setRunning] = useState(false)
  const ending = useRef<AbortController | null>(null)
  useEffect(() => () => ending.current?.abort(), [])
  const run = async ({ sends }: RecordedSends, speed: number) => {
    const controller = new AbortController()
    ending.current = controller
    setRunning(true)
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
  return { progress, running, run, stop: () => ending.current?.abort() }
}

/** The sends of a recording once more, into the live brokers of this room. */
export function SendAgain({ again }: { again: Again }) {
  const [chosen, setChosen] = useState<RecordedSends | null>(null)
  const [problem, setProblem] = useState('')
  const [speed, setSpeed] = useState<number>(1)
  const { progress, running, run, stop } = again

  async function choose(file: File) {
    const read = await readFile(file)
    setChosen(read.ok ? sendsOf(read.recording) : null)
    setProblem(read.ok ? '' : recordingFaultWords(read.fault))
  }

  return (
    <div className="send-again">
      <p>
        <b className="box-title">Send a recording again</b>
        <span className="hint">
          What was sent then goes into this room's brokers now, with its own pauses.
        </span>
      </p>
      {!running && <FileButton label="Choose a recording to send" onFile={(file) => void choose(file)} />}
      {problem && (
        <p className="refused" role="alert">
          {problem}
        </p>
      )}
      {chosen && !running && (
        <>
          <p className="hint">
            {plural(chosen.sends.length, 'message')}
            {chosen.skipped > 0 && `; ${formatCount(chosen.skipped)} from outside or not text are left out`}
          </p>
          <div className="rec-acts">
            <label className="field">
              Speed
              <select value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
                {SPEEDS.map((one) => (
                  <option key={one} value={one}>
                    {one}×
                  </option>
                ))}
              </select>
            </label>
            <button
              type="button"
              className="btn sm solid"
              disabled={chosen.sends.length === 0}
              onClick={() => void run(chosen, speed)}
            >
              Send again into this room
            </button>
          </div>
        </>
      )}
      {progress && (
        <p className="hint" role="status">
          {formatCount(progress.sent)} of {formatCount(progress.of)} sent
          {progress.failed > 0 && `, ${formatCount(progress.failed)} not taken`}
        </p>
      )}
      {running && (
        <button type="button" className="btn sm" onClick={stop}>
          Stop sending
        </button>
      )}
    </div>
  )
}
