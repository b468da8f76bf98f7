'use client'

import { type MouseEvent, type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { ConversationEntry } from '#lib/ledger/model/views.ts'
import { useBusy, useFeed, useSlice } from '../feed/feed-context.tsx'
import { MiniComposer } from '../send/mini-composer.tsx'
import { Button } from '../ui/button.tsx'
import { formatTime } from '../ui/format.ts'
import { EMPTY_CHAT, loadRunWords } from '../words/chat.ts'
import { personNewsWords } from '../words/people.ts'
import { EMPTY_RECORDED } from '../words/recording.ts'
import { Said } from './said.tsx'

/** As many messages are on the page at first, and are added by each wish for earlier ones. */
const PAGE_MESSAGES = 200
/** A reader this near to the end, in pixels, wants to stay there. */
const NEAR_END_PX = 48

/** A click on a message points it out in every view; a click on the pointed one lets go. */
function onMessageClick(event: MouseEvent<HTMLElement>, feed: Feed): void {
  if (!(event.target instanceof Element) || window.getSelection()?.isCollapsed === false) return
  const messageId = event.target.closest<HTMLElement>('[data-message-id]')?.dataset.messageId
  if (!messageId) return
  const isPinned = feed.trace.pinned && feed.trace.messageId === messageId
  feed.pin(isPinned ? null : messageId)
}

/** Keeps the newest message in sight until the reader scrolls up. */
function useEnd(scroller: RefObject<HTMLElement | null>) {
  const [atEnd, setAtEnd] = useState(true)
  const hold = useCallback(() => {
    const element = scroller.current
    if (element && atEnd) element.scrollTop = element.scrollHeight
  }, [scroller, atEnd])
  const onScroll = () => {
    const element = scroller.current
    if (element) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_END_PX)
  }
  return { atEnd, hold, onScroll, toEnd: () => setAtEnd(true) }
}

/** A message that was chosen elsewhere, in a search or another view, is brought into sight. */
function usePinnedInSight(scroller: RefObject<HTMLElement | null>): void {
  const pinned = useSlice(({ trace }) => (trace.pinned ? trace.messageId : null))
  useLayoutEffect(() => {
    const row = [...(scroller.current?.querySelectorAll<HTMLElement>('[data-message-id]') ?? [])].find(
      ({ dataset }) => dataset.messageId === pinned,
    )
    row?.scrollIntoView({ block: 'nearest' })
  }, [scroller, pinned])
}

/** What is no message: who joined and left, and how many messages of a load passed. */
const Aside = ({ entry }: { entry: Exclude<ConversationEntry, { type: 'message' }> }) => (
  <p className="px-3 py-1 text-center text-ink-2 fs-sm" data-aside={entry.type}>
    <bdi>{entry.type === 'load' ? loadRunWords(entry) : personNewsWords(entry.changes)}</bdi>{' '}
    <time className="ml-1 text-ink-3 fs-xs" dateTime={new Date(entry.at).toISOString()}>
      {formatTime(entry.at)}
    </time>
  </p>
)

/** Changes when a consumer comes, goes or changes its state: then it may be due what it was not due before. */
const audienceOf = ({ views }: Feed): string =>
  views.destinations
    .flatMap(({ system, name }) => views.destination(system, name)?.consumers ?? [])
    .map(({ id, state }) => `${id} ${state}`)
    .join(' ')

interface EntriesProps {
  limit: number
  onEarlier(): void
  /** Called after each drawing. */
  onDrawn(): void
}

function Entries({ limit, onEarlier, onDrawn }: EntriesProps) {
  useSlice(({ views }) => views.version, 'calm')
  const traced = useSlice(({ trace }) => trace.messageId)
  const feed = useFeed()
  const { entries, earlier } = feed.views.conversation(limit)
  const audience = audienceOf(feed)
  const empty = feed.recorded ? EMPTY_RECORDED : EMPTY_CHAT
  useLayoutEffect(onDrawn)
  if (entries.length === 0) {
    return (
      <p className="m-auto max-w-105 p-6 text-center text-ink-2 text-md">
        <b className="font-strong text-ink">{empty.strong}</b> {empty.rest}
      </p>
    )
  }
  return (
    <div className="mx-auto mt-auto grid w-full max-w-230 grid-cols-[minmax(0,1fr)] gap-1 px-4 py-3 max-700:px-1">
      {earlier && (
        <Button size="sm" className="mx-auto max-700:min-h-tap" onClick={onEarlier}>
          Earlier messages
        </Button>
      )}
      {entries.map((entry) =>
        entry.type === 'message' ? (
          <Said
            key={entry.key}
            message={entry.message}
            at={entry.at}
            audience={audience}
            traced={entry.message.messageId === traced}
          />
        ) : (
          <Aside key={entry.key} entry={entry} />
        ),
      )}
    </div>
  )
}

interface ChatProps {
  /** The page's only field to write to all brokers. */
  field?: RefObject<HTMLTextAreaElement | null>
}

/** The room's conversation: what everybody wrote on every broker, in the order in which it was sent. */
export function Chat({ field }: ChatProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const feed = useFeed()
  const busy = useBusy()
  const [limit, setLimit] = useState(PAGE_MESSAGES)
  const { atEnd, hold, onScroll, toEnd } = useEnd(scroller)
  usePinnedInSight(scroller)
  return (
    <main className="flex min-h-0 flex-1 flex-col" id="view-chat">
      <div className="relative flex min-h-0 flex-1 flex-col">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: each message has a button of its own, which keys reach */}
        <div
          ref={scroller}
          className="flex min-h-0 flex-1 flex-col overflow-y-auto"
          role="log"
          aria-label="Conversation"
          aria-live={busy ? 'off' : 'polite'}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to be reached for that
          tabIndex={0}
          onScroll={onScroll}
          onClick={(event) => onMessageClick(event, feed)}
        >
          <Entries
            limit={limit}
            onDrawn={hold}
            onEarlier={() => setLimit((before) => before + PAGE_MESSAGES)}
          />
        </div>
        {!atEnd && (
          <Button
            size="sm"
            className="absolute bottom-2 left-1/2 -translate-x-1/2 shadow-2 max-700:min-h-tap"
            onClick={toEnd}
          >
            To the newest
          </Button>
        )}
      </div>
      <div className="flex border-t bg-surface px-4 py-2 recorded:hidden max-700:px-3">
        <MiniComposer field={field} />
      </div>
    </main>
  )
}
