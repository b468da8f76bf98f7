'use client'

import type { Recorder } from '#lib/recording/recorder.ts'
import { useNow } from '../feed/use-now.ts'
import { Button } from '../ui/button.tsx'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import { clockWords } from '../words/recording.ts'
import type { RecordBoxProps } from './record-box.tsx'
import { RecordingDot } from './recording-dot.tsx'
import { useRecorder } from './use-recorder.ts'
import { useResend } from './use-resend.ts'

const RecordBox = onDemand<RecordBoxProps>(async () => (await import('./record-box.tsx')).RecordBox)

function Running({ recorder }: { recorder: Recorder }) {
  const now = useNow()
  return (
    <Button
      look="stop"
      data-recording
      className="max-700:px-2"
      aria-label="Stop recording"
      onClick={recorder.stop}
    >
      <RecordingDot busy />
      <span className="min-w-8 font-strong">{clockWords(now - recorder.startedAt)}</span>
      <span className="text-ink-3 max-700:hidden">{formatCount(recorder.count)}</span>
      Stop
    </Button>
  )
}

/** The top bar's recorder: starts and stops a recording, then offers to download, open or discard it. */
export function Record({ room }: { room: string }) {
  const { recorder, state, start, discard } = useRecorder(room)
  const resend = useResend()
  if (recorder && (state === 'recording' || state === 'starting')) return <Running recorder={recorder} />
  const done = recorder && (state === 'stopped' || state === 'full') ? recorder : null
  return (
    <Popover
      key={done ? 'done' : 'idle'}
      buttonStyle={
        done ? { className: FOLDING_ON_PHONE } : { square: true, className: 'max-700:w-11 present:hidden' }
      }
      className="w-85"
      label={done ? 'Recording' : 'Record'}
      title={done ? 'Keep or open what was recorded' : 'Record this room'}
      startsOpen={done !== null}
      button={
        <>
          <Icon name="record" />
          {done && <FoldingWord onPhone>{formatCount(done.count)} recorded</FoldingWord>}
          {done && <RecordingDot />}
          {!done && resend.running && <RecordingDot busy />}
        </>
      }
    >
      {(close) =>
        done ? (
          <RecordBox done recorder={done} room={room} onDiscard={discard} />
        ) : (
          <RecordBox
            done={false}
            failed={state === 'failed'}
            resend={resend}
            onStart={() => {
              close()
              void start()
            }}
          />
        )
      }
    </Popover>
  )
}
