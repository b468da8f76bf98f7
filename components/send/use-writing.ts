'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Feed, SendResult } from '#lib/feed/feed.ts'
import { useSlice } from '../feed/feed-context.tsx'
import { readDraft, saveDraft } from './drafts.ts'
import { takeEarlySends } from './early-sends.ts'

/** A text in the making. Nothing of it is lost: not over a reload, not before the page is interactive, not when refused. */
export interface Writing {
  text: string
  write(text: string): void
  /** Sends the text; blank ones are no message. Sends that come before the room is known wait for it, in order. */
  submit(): void
}

interface WritingOptions {
  field: RefObject<HTMLTextAreaElement | null>
  /** Names the field among those of the page; its `data-draft`. */
  place: string
  /** Whether a text may be sent as it stands. */
  mayGo(text: string): boolean
  post(text: string): Promise<SendResult>
}

/** Until then nobody can say which destination a lane shows. A line that is cut is known too: sends are held then. */
const isRoomKnown = ({ views, connection }: Feed): boolean =>
  views.epoch !== null || connection.state === 'offline'

export function useWriting({ field, place, mayGo, post }: WritingOptions): Writing {
  const [text, setText] = useState('')
  const waiting = useRef<string[]>([])
  const isKnown = useSlice(isRoomKnown)

  const write = (next: string) => {
    saveDraft(place, next)
    setText(next)
  }
  /** A refused text comes back, before what was written since. */
  const giveBack = (refused: string) =>
    setText((newer) => {
      const both = newer === '' ? refused : `${refused}\n${newer}`
      saveDraft(place, both)
      return both
    })
  const latest = useRef({ post, giveBack })
  useLayoutEffect(() => {
    latest.current = { post, giveBack }
  })
  const send = useCallback(async (sent: string) => {
    const result = await latest.current.post(sent)
    if (result.state === 'refused') latest.current.giveBack(sent)
  }, [])

  useLayoutEffect(() => {
    if (!field.current) return
    waiting.current.push(...takeEarlySends(field.current))
    const found = field.current.value || readDraft(place)
    saveDraft(place, found)
    setText(found)
  }, [field, place])
  useEffect(() => {
    if (!isKnown) return
    for (const sent of waiting.current.splice(0)) void send(sent)
  }, [isKnown, send])

  return {
    text,
    write,
    submit: () => {
      if (text.trim() === '' || !mayGo(text)) return
      write('')
      if (isKnown) void send(text)
      else waiting.current.push(text)
    },
  }
}
