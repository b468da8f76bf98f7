import type { FormEvent, RefObject } from 'react'
import { systemOf, systems } from '#lib/brokers/systems.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, sendTargets, sendTargetsSignature } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import { type TargetsWords, targetsWords } from '../words/targets.ts'
import { type HeaderLine, headersOf, headersProblem } from './message-headers.ts'
import { textSize } from './text-size.ts'
import { type Sender, useSender } from './use-sender.ts'
import { useWriting } from './use-writing.ts'

/** Names the field for all brokers among the fields of the page. */
export const ALL_PLACE = 'all'

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
  submit(event?: FormEvent): void
}

const NO_LINES: readonly HeaderLine[] = []

interface SendAllOptions {
  field: RefObject<HTMLTextAreaElement | null>
  key?: string
  lines?: readonly HeaderLine[]
}

/** `key` goes with the message where it is not empty, and so do headers; each system takes of them what it can. */
export function useSendAll({ field, key = '', lines = NO_LINES }: SendAllOptions): SendAllForm {
  useSlice(sendTargetsSignature)
  const lanes = sendTargets(useFeed())
  const sender = useSender()
  const badHeaders = headersProblem(lines)
  const problems = sender.refused.map((refused) =>
    errorWords(refused.code, { ...refused, label: systemOf(refused.system)?.label }),
  )
  const writing = useWriting({
    field,
    place: ALL_PLACE,
    mayGo: (text) => !textSize(text).tooLong && badHeaders === null && lanes.length > 0,
    post: (text) => {
      const headers = headersOf(lines)
      return sender.send({
        to: lanes.map(({ manifest, destination }) => ({ system: manifest.id, destination })),
        text,
        ...(key === '' ? {} : { key }),
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
      })
    },
  })
  const { text } = writing
  return {
    lanes,
    to: targetsWords(
      lanes.map(({ manifest }) => manifest.label),
      systems.length,
    ),
    text,
    write: (next) => {
      writing.write(next)
      if (problems.length > 0) sender.forget()
    },
    size: textSize(text),
    sender,
    badHeaders,
    problems: [...new Set(problems)],
    submit: (event) => {
      event?.preventDefault()
      writing.submit()
    },
  }
}
