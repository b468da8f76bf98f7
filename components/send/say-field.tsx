'use client'

import type { RefObject } from 'react'
import { isEnter } from '../ui/enter-key.ts'
import { ALL_PLACE, type SendAllForm } from './use-send-all.ts'

/** The lines of a pasted text that are in sight; the field scrolls to further ones. */
const LINES_SHOWN = 4

const lineCount = (text: string): number => text.split('\n', LINES_SHOWN).length

interface SayFieldProps {
  form: SendAllForm
  field: RefObject<HTMLTextAreaElement | null>
}

/** Where a message to every broker is written, one line high until it holds more. Its form shows the focus. */
export const SayField = ({ form, field }: SayFieldProps) => (
  <textarea
    ref={field}
    className="min-w-0 flex-1 resize-none overflow-x-hidden whitespace-pre bg-transparent py-2 leading-6 tracking-tight outline-none fs-lg [scrollbar-width:none] placeholder:text-ink-3 placeholder:opacity-100 focus-visible:shadow-none focus-visible:outline-none"
    rows={lineCount(form.text)}
    dir="auto"
    data-draft={ALL_PLACE}
    aria-label={`Message to ${form.to.brokers}`}
    aria-invalid={form.size.tooLong || form.problems.length > 0}
    placeholder={form.to.placeholder}
    value={form.text}
    autoComplete="off"
    enterKeyHint="send"
    onChange={(event) => form.write(event.target.value)}
    onKeyDown={(event) => {
      if (!isEnter(event)) return
      event.preventDefault()
      form.submit()
    }}
  />
)
