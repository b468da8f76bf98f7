import { type FormEvent, useState } from 'react'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, sendTargets, sendTargetsSignature } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import { type TargetsWords, targetsWords } from '../words/targets.ts'
import { type HeaderLine, headersOf, headersProblem } from './message-extras.ts'
import { textSize } from './text-size.ts'
import { type Sender, useSender } from './use-sender.ts'

/** Writing to the destination each lane shows, at once. A refused text comes back into the field. */
export interface SendAllForm {
  lanes: readonly LaneRef[]
  to: TargetsWords
  text: string
  /** Also puts away what was wrong with the text before. */
  write(text: string): void
  size: ReturnType<typeof textSize>
  sender: Sender
  /** Why the headers cannot be sent as they stand; null when they can. */
  badHeaders: string | null
  /** Why it was refused, each reason once. */
  problems: readonly string[]
  submit(event: FormEvent): Promise<void>
}

const NO_LINES: readonly HeaderLine[] = []

/** `key` goes with the message where it is not empty, and so do headers; each system takes of them what it can. */
export function useSendAll(key = '', lines: readonly HeaderLine[] = NO_LINES): SendAllForm {
  useSlice(sendTargetsSignature)
  const lanes = sendTargets(useFeed())
  const [text, setText] = useState('')
  const sender = useSender()
  const size = textSize(text)
  const badHeaders = headersProblem(lines)
  const problems = sender.refused.map((refused) =>
    errorWords(refused.code, { ...refused, label: manifestOf(refused.system)?.label }),
  )
  return {
    lanes,
    to: targetsWords(
      lanes.map(({ manifest }) => manifest.label),
      catalog.length,
    ),
    text,
    write: (next) => {
      setText(next)
      if (problems.length > 0) sender.forget()
    },
    size,
    sender,
    badHeaders,
    problems: [...new Set(problems)],
    submit: async (event) => {
      event.preventDefault()
      if (text === '' || size.tooLong || badHeaders !== null || lanes.length === 0) return
      const headers = headersOf(lines)
      setText('')
      const to = lanes.map(({ manifest, destination }) => ({ system: manifest.id, destination }))
      const result = await sender.send({
        to,
        text,
        ...(key === '' ? {} : { key }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      })
      if (result.state === 'refused') setText((newer) => (newer === '' ? text : newer))
    },
  }
}
