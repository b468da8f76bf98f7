'use client'

import { type FormEvent, type KeyboardEvent, useState } from 'react'
import type { LaneRef } from '../lane/lane-ref.ts'
import { Icon } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { KeyField, SenderField } from './fields.tsx'
import { textSize } from './text-size.ts'
import { useSender } from './use-sender.ts'

const KEY_WORDS = {
  'routing-key': 'routing key',
  'partition-key': 'partition key',
  'sub-channel': 'sub-channel',
} as const
const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`

/** Enter sends, Shift+Enter makes a line, and a word still being composed (an IME) is not a send. */
const isSendKey = (event: KeyboardEvent) =>
  event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing

/** Where one writes to one broker. A refused text comes back into the field, with the reason under it. */
export function Composer({ lane }: { lane: LaneRef }) {
  const { label, id: system } = lane.manifest
  const [text, setText] = useState('')
  const [key, setKey] = useState('')
  const sender = useSender()
  const size = textSize(text)
  const keyWords = lane.modeManifest.can.key && KEY_WORDS[lane.modeManifest.can.key]

  async function submit(event?: FormEvent) {
    event?.preventDefault()
    if (text === '' || size.tooLong) return
    setText('')
    const result = await sender.send({
      to: [{ system, destination: lane.destination }],
      text,
      ...(key === '' ? {} : { key }),
    })
    if (result.state === 'refused') setText((newer) => (newer === '' ? text : newer))
  }

  const problem = sender.refused[0]
  const problemWords = problem && errorWords(problem.code, { label, ...problem })
  return (
    <form className="composer" onSubmit={submit} data-system={system}>
      <textarea
        aria-label={`Message to ${label}`}
        aria-invalid={size.tooLong || problem !== undefined}
        placeholder={`Message to ${label}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          if (problem) sender.forget()
        }}
        onKeyDown={(event) => {
          if (!isSendKey(event)) return
          event.preventDefault()
          void submit()
        }}
      />
      {problemWords && (
        <p className="refused" role="alert">
          {problemWords}
        </p>
      )}
      {size.words && <p className={size.tooLong ? 'size over' : 'size'}>{size.words}</p>}
      <div className="tools">
        <SenderField label={`Sender name for ${label}`} />
        {keyWords && (
          <KeyField
            label={`${capital(keyWords)} for ${label}`}
            placeholder={keyWords}
            value={key}
            onChange={setKey}
          />
        )}
        <button
          type="submit"
          className="btn hue ico sm"
          aria-label={`Send to ${label}`}
          title={sender.slow ? 'Sending' : `Send to ${label}`}
          disabled={size.tooLong}
        >
          <Icon name={sender.slow ? 'clock' : 'send'} />
        </button>
      </div>
    </form>
  )
}
