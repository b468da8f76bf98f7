'use client'

import { useEffect, useRef, useState } from 'react'
import type { KeptMessage, KeptPage } from '#lib/protocol/browse-commands.ts'
import { shorten } from '#lib/util/cut-text.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { showMessage } from '../feed/show-message.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { formatTime } from '../ui/format.ts'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'
import { positionWord } from '../words/positions.ts'
import { contentOf } from './kept-content.ts'
import { KeptDetail } from './kept-detail.tsx'
import { Standings } from './standings.tsx'
import { type KeptPages, useKeptPages } from './use-kept-pages.ts'
import { usePeek } from './use-peek.ts'

/** As much of a text as one line shows. */
const TEXT_CHARS = 120
const ENDS = { oldest: 'Oldest', newest: 'Newest' } as const

/** What stands before a row's text: its number in the room, or that the room does not know it. */
function RowTag({ message: { number, messageId } }: { message: KeptMessage }) {
  useSlice(({ trace }) => trace.messageId)
  const { trace } = useFeed()
  if (number === undefined) return <span className="min-w-8 flex-none text-ink-2 fs-xs">other</span>
  const isTraced = trace.messageId === messageId
  return (
    <Tag
      number={number}
      size={isTraced ? 'md' : 'flush'}
      look={isTraced ? 'traced' : 'plain'}
      className="min-w-8 flex-none"
    />
  )
}

interface RowProps {
  message: KeptMessage
  lane: LaneRef
  onOpen(): void
  /** It is pointed at, or has the focus. */
  onPoint(messageId: string | undefined): void
}

function Row({ message, lane, onOpen, onPoint }: RowProps) {
  const { messageId } = message
  const { address, writtenAt, key, sender } = message
  const position = positionWord(address)
  return (
    <li>
      <button
        type="button"
        className="flex min-h-tap w-full items-center gap-2 rounded-1 px-1 py-0.5 text-left fs-sm hover:bg-hover"
        data-message-id={messageId}
        onClick={onOpen}
        onPointerEnter={({ pointerType }) => pointerType === 'mouse' && onPoint(messageId)}
        onFocus={() => onPoint(messageId)}
      >
        <RowTag message={message} />
        <span className="min-w-0 flex-1">
          <span className="block overflow-hidden text-ellipsis whitespace-nowrap">
            {sender !== undefined && (
              <b>
                <bdi>{shorten(sender, TEXT_CHARS)}</bdi>{' '}
              </b>
            )}
            <bdi>{shorten(bodyWords(contentOf(message)), TEXT_CHARS)}</bdi>
            {key !== undefined && key !== '' && (
              <span className="ml-2 text-ink-2">
                key <bdi>{shorten(key, TEXT_CHARS)}</bdi>
              </span>
            )}
          </span>
          {messageId !== undefined && <Standings messageId={messageId} lane={lane} />}
        </span>
        <span className="flex-none text-right text-ink-2 fs-xs leading-4">
          {position !== null && <span className="mono block">{position}</span>}
          {writtenAt !== undefined && (
            <time className="block" dateTime={new Date(writtenAt).toISOString()}>
              {formatTime(writtenAt)}
            </time>
          )}
        </span>
      </button>
    </li>
  )
}

interface RowsProps {
  page: KeptPage
  lane: LaneRef
  /** The list is read from its end. */
  endsFirst: boolean
  onOpen(index: number): void
  onPoint(messageId: string | undefined): void
}

function Rows({ page: { messages, older, newer }, lane, endsFirst, onOpen, onPoint }: RowsProps) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    if (endsFirst) list.current?.lastElementChild?.scrollIntoView({ block: 'nearest' })
  }, [endsFirst])
  if (messages.length > 0) {
    return (
      <ul
        ref={list}
        className="-mx-1 max-h-90 overflow-auto"
        aria-label={`Kept in ${lane.destination}`}
        onPointerLeave={() => onPoint(undefined)}
      >
        {messages.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a page never changes, and elements of a list have no ids
          <Row key={index} message={message} lane={lane} onOpen={() => onOpen(index)} onPoint={onPoint} />
        ))}
      </ul>
    )
  }
  return older === null && newer === null ? (
    <p className="text-sm">Nothing is kept in {lane.destination} now.</p>
  ) : (
    <p className="text-sm">Nothing is kept just here: go on to older or newer ones.</p>
  )
}

function Paging({ page, show }: { page: KeptPage; show: KeptPages['show'] }) {
  const { older, newer } = page
  if (older === null && newer === null) return null
  return (
    <p className="flex gap-2">
      <Button size="sm" disabled={older === null} onClick={() => older !== null && show(older)}>
        Older
      </Button>
      <Button size="sm" disabled={newer === null} onClick={() => newer !== null && show(newer)}>
        Newer
      </Button>
    </p>
  )
}

/** The messages that a lane's destination keeps, a page at a time, and one of them in full. Nothing is consumed by looking. */
export function KeptList({ lane, close }: { lane: LaneRef; close(): void }) {
  const feed = useFeed()
  const pages = useKeptPages(lane)
  const { kept, from, show } = pages
  const [opened, setOpened] = useState<number | null>(null)
  const body = useRef<HTMLDivElement>(null)
  const peek = usePeek()
  const { label } = lane.manifest
  const message = kept.state === 'page' && opened !== null ? kept.page.messages[opened] : undefined
  if (message !== undefined) {
    const back = () => {
      setOpened(null)
      const index = opened ?? 0
      requestAnimationFrame(() => body.current?.querySelectorAll<HTMLElement>('li button')[index]?.focus())
    }
    return <KeptDetail message={message} lane={lane} onBack={back} close={close} />
  }
  const open = (index: number) => {
    const id = kept.state === 'page' ? kept.page.messages[index]?.messageId : undefined
    if (id !== undefined && feed.views.message(id)) {
      peek.keep()
      showMessage(feed, id)
    }
    setOpened(index)
  }
  return (
    <div ref={body} className="grid gap-3">
      <div className="grid gap-1">
        <BoxTitle>
          Kept in {lane.destination} on {label}
        </BoxTitle>
        <Hint>Looking takes nothing out and moves nobody’s position.</Hint>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Segmented role="group" aria-label="Which are shown">
          {(['oldest', 'newest'] as const).map((end) => (
            <Segment key={end} chosen={from === end} onClick={() => show(end)}>
              {ENDS[end]}
            </Segment>
          ))}
        </Segmented>
        {kept.state === 'page' && <Hint>As of {formatTime(kept.at)}</Hint>}
      </div>
      {kept.state === 'asking' && <Hint role="status">Asking {label} what it keeps…</Hint>}
      {kept.state === 'not' && (
        <>
          <Refusal>{kept.why}</Refusal>
          <Button size="sm" className="justify-self-start" onClick={() => show(from)}>
            Ask again
          </Button>
        </>
      )}
      {kept.state === 'page' && (
        <>
          <Rows
            page={kept.page}
            lane={lane}
            endsFirst={from === 'newest' || from.startsWith('before:')}
            onOpen={open}
            onPoint={peek.at}
          />
          <Paging page={kept.page} show={show} />
        </>
      )}
    </div>
  )
}
