'use client'

import { useEffect, useRef } from 'react'
import { catalog } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneRefsSignature } from '../feed/lane-ref.ts'
import { formatTime } from '../ui/format.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { hueStyle } from '../ui/look.ts'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'
import { numberWord } from '../words/receipts.ts'
import { listed } from '../words/sentence.ts'
import { Content } from './content.tsx'
import { closeInspector, useInspector } from './inspector-state.ts'
import { Life } from './life.tsx'
import { MetadataTable } from './metadata-table.tsx'
import { SameInCode } from './same-in-code.tsx'
import { type Side, sidesOf } from './sides.ts'
import { SystemTabs } from './system-tabs.tsx'

/** Changes with the message, with its events, and with the destinations that the lanes show. */
const signature = (feed: Feed): string => {
  const { messageId } = feed.trace
  const message = messageId === null ? undefined : feed.views.message(messageId)
  const states = [...(message?.lives.values() ?? [])].map(({ receipt, deliveries, ended }) =>
    [receipt.state, ended?.at, ...deliveries.map(({ state, moved }) => `${state}${moved?.at}`)].join(),
  )
  return `${messageId} ${message?.text} ${states.join('|')} ${laneRefsSignature(feed)}`
}

const sentTo = (sides: readonly Side[]): string =>
  sides.length === catalog.length
    ? `all ${numberWord(catalog.length)}`
    : listed(sides.map(({ lane }) => lane.manifest.label))

const TOP = 'flex items-center gap-2.5 fs-sm'

function CloseButton() {
  const feed = useFeed()
  return (
    <IconButton
      look="quiet"
      size="sm"
      className="ml-auto"
      label="Close inspector"
      icon="x"
      onClick={() => closeInspector(feed)}
    />
  )
}

function Head({ message, to }: { message: MessageView; to: string }) {
  const outside = message.bearsIdOf === null ? '' : `, with the id of #${message.bearsIdOf}`
  const who = message.outside ? `a program outside${outside}` : message.sender
  const when = message.sentAt === null ? null : formatTime(message.sentAt)
  const line = [who, when, `${message.outside ? 'came through' : 'sent to'} ${to}`].filter(Boolean).join(', ')
  return (
    <header>
      <div className={TOP}>
        <Tag number={message.number} look="traced" />
        <span className="text-ink-3">{line}</span>
        <CloseButton />
      </div>
      <h2 className="wrap-anywhere mt-1 mb-3 line-clamp-4 text-xl font-strong tracking-tight">
        {bodyWords(message)}
      </h2>
    </header>
  )
}

/** A program can be written for it: what it sends is a text, all of which is here. */
const isWholeText = ({ bytes, nullBody, omittedBytes }: MessageView): boolean =>
  bytes === null && !nullBody && omittedBytes === 0

const Nothing = () => (
  <header className={TOP}>
    <span className="text-ink-3">No message to inspect yet. Send one, or pick one in any view.</span>
    <CloseButton />
  </header>
)

function Inspected({ message }: { message: MessageView }) {
  const feed = useFeed()
  const { system, consumer } = useInspector()
  const sides = sidesOf(feed, message)
  const side = sides.find(({ lane }) => lane.manifest.id === system) ?? sides[0]
  return (
    <>
      <Head message={message} to={sentTo(sides)} />
      {side && (
        <>
          <SystemTabs sides={sides} shown={side.lane.manifest.id} />
          <div
            id="inspector-side"
            role="tabpanel"
            aria-label={side.lane.manifest.label}
            style={hueStyle(side.lane.manifest)}
          >
            <Life message={message} side={side} />
            <MetadataTable message={message} side={side} />
            {isWholeText(message) && <SameInCode message={message} side={side} consumer={consumer} />}
          </div>
        </>
      )}
      <Content message={message} sides={sides} />
    </>
  )
}

/** The drawer beside every view: one message's life on each system, the broker's own facts, and the same in code. */
export function Inspector() {
  const { open, takesFocus = false } = useInspector()
  const drawer = useRef<HTMLElement>(null)
  useEffect(() => {
    if (open && takesFocus) drawer.current?.focus()
  }, [open, takesFocus])
  useSlice((feed) => (open ? signature(feed) : ''))
  const { views, trace } = useFeed()
  if (!open) return null
  const message = trace.messageId === null ? undefined : views.message(trace.messageId)
  return (
    <aside
      ref={drawer}
      tabIndex={-1}
      className="drawer fixed top-bar right-0 bottom-0 z-20 w-drawer overflow-auto overscroll-contain border-line-strong border-l bg-surface px-6 py-4 max-1100:top-0 max-1100:w-[min(100%,var(--w-drawer))] max-1100:shadow-2 max-700:p-3"
      aria-label={message?.number ? `Message ${message.number}` : 'Inspector'}
    >
      {message ? <Inspected key={message.messageId} message={message} /> : <Nothing />}
    </aside>
  )
}
