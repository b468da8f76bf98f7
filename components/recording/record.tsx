'use client'

import { RECORDING_MAX_EVENTS } from '#lib/recording/format.ts'
import type { Recorder } from '#lib/recording/recorder.ts'
import { useNow } from '../feed/use-now.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { download, fileTime } from '../ui/download.ts'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { clockWords } from '../words/recording.ts'
import { openInPlayer } from './open-in-player.ts'
import { type Resend, SendAgain, useResend } from './send-again.tsx'
import { useRecorder } from './use-recorder.ts'

/** The red dot of whatever records; it pulses while something is being recorded or sent. */
const RecordingDot = ({ busy = false }: { busy?: boolean }) => (
  <i
    className={`size-2.5 flex-none rounded-[50%] bg-bad ${busy ? 'motion-safe:animate-pulse' : ''}`}
    aria-hidden="true"
  />
)

const TYPE = 'application/x-ndjson'

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

interface FinishedProps {
  recorder: Recorder
  room: string
  full: boolean
  onDiscard(): void
}

function Finished({ recorder, room, full, onDiscard }: FinishedProps) {
  const name = `${room}-${fileTime(recorder.startedAt)}.jsonl`
  const parts = () => recorder.parts() ?? []
  return (
    <>
      <p>
        <BoxTitle as="b">{plural(recorder.count, 'event')} recorded</BoxTitle>
        {full && (
          <Hint as="span">
            Recording ended by itself: it holds at most {formatCount(RECORDING_MAX_EVENTS)} events.
          </Hint>
        )}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button look="solid" size="sm" onClick={() => download(name, TYPE, parts())}>
          <Icon name="download" />
          Download
        </Button>
        <Button size="sm" onClick={() => openInPlayer(new File([...parts()], name, { type: TYPE }))}>
          <Icon name="play" />
          Open it
        </Button>
        <Button look="quiet" size="sm" onClick={onDiscard}>
          Discard
        </Button>
      </div>
    </>
  )
}

function Idle({ failed, resend, onStart }: { failed: boolean; resend: Resend; onStart(): void }) {
  return (
    <>
      <p>
        <BoxTitle as="b">Record this room</BoxTitle>
        <Hint as="span">
          Everything that happens, with the history still held, into a file that opens without any broker.
        </Hint>
      </p>
      {failed && <Refusal>Nothing was recorded: the room did not answer.</Refusal>}
      <div className="flex flex-wrap items-center gap-2">
        <Button look="solid" size="sm" onClick={onStart}>
          <RecordingDot />
          Start recording
        </Button>
        <ButtonLink size="sm" href="/play" target="_blank" rel="noreferrer">
          Open a recording
        </ButtonLink>
      </div>
      <SendAgain resend={resend} />
    </>
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
          <Finished recorder={done} room={room} full={state === 'full'} onDiscard={discard} />
        ) : (
          <Idle
            failed={state === 'failed'}
            resend={resend}
            onStart={() => {
              close()
              start()
            }}
          />
        )
      }
    </Popover>
  )
}
