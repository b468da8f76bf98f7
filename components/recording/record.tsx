'use client'

import { RECORDING_MAX_EVENTS } from '#lib/recording/format.ts'
import type { Recorder } from '#lib/recording/recorder.ts'
import { download, fileTime } from '../ui/download.ts'
import { FOLDING_ON_PHONE, FoldingWord } from '../ui/folding.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { useTick } from '../ui/use-tick.ts'
import { clockWords } from '../words/recording.ts'
import { openInPlayer } from './open-in-player.ts'
import { type Resend, SendAgain, useResend } from './send-again.tsx'
import { useRecorder } from './use-recorder.ts'

const TYPE = 'application/x-ndjson'

function Running({ recorder }: { recorder: Recorder }) {
  const now = useTick(true)
  return (
    <button
      type="button"
      className="btn recording max-700:px-2"
      aria-label="Stop recording"
      onClick={recorder.stop}
    >
      <i className="rec-dot" aria-hidden="true" />
      <span className="rec-time">{clockWords(now - recorder.startedAt)}</span>
      <span className="text-ink-3 max-700:hidden">{formatCount(recorder.count)}</span>
      Stop
    </button>
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
        <b className="box-title">{plural(recorder.count, 'event')} recorded</b>
        {full && (
          <span className="hint">
            Recording ended by itself: it holds at most {formatCount(RECORDING_MAX_EVENTS)} events.
          </span>
        )}
      </p>
      <div className="rec-acts">
        <button type="button" className="btn sm solid" onClick={() => download(name, TYPE, parts())}>
          <Icon name="download" />
          Download
        </button>
        <button
          type="button"
          className="btn sm"
          onClick={() => openInPlayer(new File([...parts()], name, { type: TYPE }))}
        >
          <Icon name="play" />
          Open it
        </button>
        <button type="button" className="btn sm quiet" onClick={onDiscard}>
          Discard
        </button>
      </div>
    </>
  )
}

function Idle({ failed, resend, onStart }: { failed: boolean; resend: Resend; onStart(): void }) {
  return (
    <>
      <p>
        <b className="box-title">Record this room</b>
        <span className="hint">
          Everything that happens, with the history still held, into a file that opens without any broker.
        </span>
      </p>
      {failed && (
        <p className="refused" role="alert">
          Nothing was recorded: the room did not answer.
        </p>
      )}
      <div className="rec-acts">
        <button type="button" className="btn sm solid" onClick={onStart}>
          <i className="rec-dot" aria-hidden="true" />
          Start recording
        </button>
        <a className="btn sm" href="/play" target="_blank" rel="noreferrer">
          Open a recording
        </a>
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
      buttonClass={done ? `btn ${FOLDING_ON_PHONE}` : 'btn ico max-700:w-11 present:hidden'}
      className="w-85"
      label={done ? 'Recording' : 'Record'}
      title={done ? 'Keep or open what was recorded' : 'Record this room'}
      startsOpen={done !== null}
      button={
        <>
          <Icon name="record" />
          {done && <FoldingWord onPhone>{formatCount(done.count)} recorded</FoldingWord>}
          {done && <i className="rec-dot" aria-hidden="true" />}
          {!done && resend.running && <i className="rec-dot busy" aria-hidden="true" />}
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
