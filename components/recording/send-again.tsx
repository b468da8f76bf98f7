'use client'

import { useState } from 'react'
import { type RecordedSends, sendsOf } from '#lib/recording/resend.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { recordingFaultWords } from '../words/recording.ts'
import { FileButton } from './file-button.tsx'
import { readFile } from './read-file.ts'
import type { Resend } from './use-resend.ts'

const SPEEDS = [0.5, 1, 2, 4] as const

interface ReadyToSendProps {
  chosen: RecordedSends
  speed: number
  onSpeed(speed: number): void
  onSend(): void
}

/** What will be sent, and how fast. */
function ReadyToSend({ chosen, speed, onSpeed, onSend }: ReadyToSendProps) {
  return (
    <>
      <Hint>
        {plural(chosen.sends.length, 'message')}
        {chosen.skipped > 0 && `; ${formatCount(chosen.skipped)} from outside or not text are left out`}
      </Hint>
      <div className="flex flex-wrap items-center gap-2">
        <label className="inline-flex h-control min-w-0 items-center gap-1.5 whitespace-nowrap px-2.5 text-ink-2 fs-sm">
          Speed
          <select
            className="h-tap rounded-1 border border-line-control bg-surface"
            value={speed}
            onChange={(event) => onSpeed(Number(event.target.value))}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
        <Button look="solid" size="sm" disabled={chosen.sends.length === 0} onClick={onSend}>
          Send again into this room
        </Button>
      </div>
    </>
  )
}

/** Publishes the messages of a recording again, to the live brokers of this room. */
export function SendAgain({ resend }: { resend: Resend }) {
  const [chosen, setChosen] = useState<RecordedSends | null>(null)
  const [speed, setSpeed] = useState<number>(1)
  const [problem, setProblem] = useState('')
  const { progress, running, run, stop } = resend

  async function choose(file: File) {
    const read = await readFile(file)
    setChosen(read.ok ? sendsOf(read.recording) : null)
    setProblem(read.ok ? '' : recordingFaultWords(read.fault))
  }

  return (
    <div className="grid justify-items-start gap-2 border-t pt-3">
      <p>
        <BoxTitle as="b">Send a recording again</BoxTitle>
        <Hint as="span">What was sent then goes into this room's brokers now, with its own pauses.</Hint>
      </p>
      {!running && <FileButton label="Choose a recording to send" onFile={(file) => void choose(file)} />}
      {problem && <Refusal>{problem}</Refusal>}
      {chosen && !running && (
        <ReadyToSend
          chosen={chosen}
          speed={speed}
          onSpeed={setSpeed}
          onSend={() => void run(chosen, speed)}
        />
      )}
      {progress && (
        <Hint role="status">
          {formatCount(progress.sent)} of {formatCount(progress.of)} sent
          {progress.failed > 0 && `, ${formatCount(progress.failed)} not taken`}
        </Hint>
      )}
      {running && (
        <Button size="sm" onClick={stop}>
          Stop sending
        </Button>
      )}
    </div>
  )
}
