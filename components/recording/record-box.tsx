'use client'

import type { Recorder } from '#lib/recording/recorder.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { download, fileTime } from '../ui/download.ts'
import { plural } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { fullWords } from './full-words.ts'
import { openInPlayer } from './open-in-player.ts'
import { RecordingDot } from './recording-dot.tsx'
import { SendAgain } from './send-again.tsx'
import type { Resend } from './use-resend.ts'

const TYPE = 'application/x-ndjson'

interface FinishedProps {
  recorder: Recorder
  room: string
  onDiscard(): void
}

/** What can be done with a finished recording. */
function Finished({ recorder, room, onDiscard }: FinishedProps) {
  const name = `${room}-${fileTime(recorder.startedAt)}.jsonl`
  const parts = () => recorder.parts() ?? []
  return (
    <>
      <p>
        <BoxTitle as="b">{plural(recorder.count, 'event')} recorded</BoxTitle>
        {recorder.fullOf && <Hint as="span">{fullWords(recorder.fullOf)}</Hint>}
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

interface IdleProps {
  failed: boolean
  resend: Resend
  onStart(): void
}

/** What recording is for, before anything is recorded. */
function Idle({ failed, resend, onStart }: IdleProps) {
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
        <ButtonLink size="sm" href={pageAddress('/play')} target="_blank" rel="noreferrer">
          Open a recording
        </ButtonLink>
      </div>
      <SendAgain resend={resend} />
    </>
  )
}

export type RecordBoxProps = ({ done: true } & FinishedProps) | ({ done: false } & IdleProps)

/** What the recorder's box holds. */
export const RecordBox = (props: RecordBoxProps) =>
  props.done ? <Finished {...props} /> : <Idle {...props} />
