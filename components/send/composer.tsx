'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { Preview } from '#lib/brokers/contract.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import { type LaneRef, receiversOf } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { isEnter } from '../ui/enter-key.ts'
import { Icon } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { errorWords } from '../words/errors.ts'
import { previewWords } from '../words/preview.ts'
import { KeyField, SenderField } from './fields.tsx'
import { type Extras, extrasFor, NO_EXTRAS, previewOf } from './message-extras.ts'
import { headersProblem } from './message-headers.ts'
import { MessageOptions } from './message-options.tsx'
import { textSize } from './text-size.ts'
import { TextSizeNote } from './text-size-note.tsx'
import { useSender } from './use-sender.ts'
import { useWriting } from './use-writing.ts'

const KEY_WORDS = {
  'routing-key': 'routing key',
  'partition-key': 'partition key',
  'sub-channel': 'sub-channel',
} as const
const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`

interface ComposerProps {
  lane: LaneRef
  /** Called with where the draft is going to go, and with null when there is no draft. */
  onAim(aim: Preview | null): void
}

/** Reports to the lane where the draft is going to go, whenever that changes. */
function useAim(preview: Preview | null, onAim: (aim: Preview | null) => void): void {
  const signature = JSON.stringify(preview)
  useEffect(() => {
    onAim(JSON.parse(signature) as Preview | null)
  }, [signature, onAim])
}

interface AimedProps {
  preview: Preview | null
  lane: LaneRef
}

function Aimed({ preview, lane }: AimedProps) {
  const { views } = useFeed()
  const receivers = receiversOf(views.destination(lane.manifest.id, lane.destination)?.consumers ?? [])
  const words = preview && previewWords(preview, lane.modeManifest.consumerNoun, receivers.length)
  if (!words) return null
  return (
    <p
      className="flex min-w-0 flex-none items-center gap-1.5 px-3 pb-0.5 font-strong text-hue text-xs"
      data-aim={preview.kind}
      title={words}
    >
      <Icon name="send" className="size-3" />
      <span className="min-w-0 overflow-hidden text-ellipsis whitespace-nowrap">{words}</span>
    </p>
  )
}

interface ToolsProps {
  lane: LaneRef
  extras: Extras
  onExtras(extras: Extras): void
  slow: boolean
  disabled: boolean
}

/** Who writes, with which key and options, and the button that sends. */
function Tools({ lane, extras, onExtras, slow, disabled }: ToolsProps) {
  const { label } = lane.manifest
  const keyWords = lane.modeManifest.can.key && KEY_WORDS[lane.modeManifest.can.key]
  return (
    <div className="flex min-w-0 items-center gap-0.5 px-1.5 pb-1.5 short:pb-0">
      <SenderField label={`Sender name for ${label}`} compact />
      {keyWords && (
        <KeyField
          label={`${capital(keyWords)} for ${label}`}
          placeholder={keyWords}
          compact
          value={extras.key}
          onChange={(key) => onExtras({ ...extras, key })}
        />
      )}
      <MessageOptions lane={lane} extras={extras} onChange={onExtras} />
      <IconButton
        type="submit"
        icon={slow ? 'clock' : 'send'}
        look="hue"
        size="sm"
        className="ml-auto"
        label={`Send to ${label}`}
        title={slow ? 'Sending' : `Send to ${label}`}
        disabled={disabled}
      />
    </div>
  )
}

/** Where one writes to one broker. A refused text comes back into the field, with the reason under it. */
export function Composer({ lane, onAim }: ComposerProps) {
  const { label, id: system } = lane.manifest
  const field = useRef<HTMLTextAreaElement>(null)
  const [extras, setExtras] = useState(NO_EXTRAS)
  const sender = useSender()
  const { views } = useFeed()
  const badHeaders = lane.modeManifest.can.headers ? headersProblem(extras.headers) : null
  const { text, write, ...writing } = useWriting({
    field,
    place: system,
    mayGo: (whole) => !textSize(whole).tooLong && badHeaders === null,
    post: (whole) =>
      sender.send({
        to: [{ system, destination: lane.destination }],
        text: whole,
        ...extrasFor(modeManifestOf(lane), extras),
      }),
  })
  const size = textSize(text)
  const isWriting = text !== '' || extras.key !== ''
  const preview = isWriting
    ? previewOf(modeManifestOf(lane), extras, views.destination(system, lane.destination))
    : null
  useAim(preview, onAim)

  function submit(event: FormEvent) {
    event.preventDefault()
    writing.submit()
  }

  const problem = sender.refused[0]
  const problemWords = problem && errorWords(problem.code, { label, ...problem })
  return (
    <form
      className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-2 border border-line-control bg-surface has-[textarea:focus-visible]:shadow-[0_0_0_5px_var(--focus-halo)] has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-focus has-[textarea:focus-visible]:outline-offset-1 max-700:min-h-28 short:min-h-13 recorded:hidden short:present:hidden"
      onSubmit={submit}
      data-system={system}
    >
      <textarea
        ref={field}
        className="min-h-0 w-full flex-1 resize-none bg-transparent px-3 pt-2.5 pb-0 text-md short:min-h-5.5 short:pt-0.5 outline-none placeholder:text-ink-3 placeholder:opacity-100 focus-visible:shadow-none focus-visible:outline-none"
        dir="auto"
        data-draft={system}
        aria-label={`Message to ${label}`}
        aria-invalid={size.tooLong || problem !== undefined}
        placeholder={`Message to ${label}`}
        value={text}
        onChange={(event) => {
          write(event.target.value)
          if (problem) sender.forget()
        }}
        onKeyDown={(event) => {
          if (!isEnter(event)) return
          event.preventDefault()
          writing.submit()
        }}
      />
      {problemWords && <Refusal className="px-3 pb-1">{problemWords}</Refusal>}
      {badHeaders && <Refusal className="px-3 pb-1">{badHeaders}</Refusal>}
      {size.words && <TextSizeNote size={size} className="px-3 pb-1" />}
      <Aimed preview={preview} lane={lane} />
      <Tools
        lane={lane}
        extras={extras}
        onExtras={setExtras}
        slow={sender.slow}
        disabled={size.tooLong || badHeaders !== null}
      />
    </form>
  )
}
