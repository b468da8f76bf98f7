'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, laneRefs, laneRefsSignature } from '../feed/lane-ref.ts'
import { formatTime } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { Tag } from '../ui/tag.tsx'
import { numberWord } from '../words/receipts.ts'
import { listed } from '../words/sentence.ts'
import { Content } from './content.tsx'
import { Life } from './life.tsx'
import { closeInspector, useInspector } from './open.ts'
import { SameInCode } from './same-in-code.tsx'
import { type Side, sidesOf } from './sides.ts'
import { SystemTabs } from './system-tabs.tsx'

/** Changes with the message, whatever happens to it, and with what is chosen on the page. */
const signature = (feed: Feed): string => {
  const { messageId } = feed.trace
  const message = messageId === null ? undefined : feed.views.message(messageId)
  const states = [...(message?.lives.values() ?? [])].map(({ receipt, deliveries, ended }) =>
    [receipt.state, ended?.at, ...deliveries.map(({ state, moved }) => `${state}${moved?.at}`)].join(),
  )
  return `${messageId} ${message?.text} ${states.join('|')} ${laneRefsSignature(feed)}`
}

function sentTo(sides: readonly Side[], lanes: readonly LaneRef[]): string {
  return sides.length === lanes.length && lanes.length > 1
    ? `all ${numberWord(lanes.length)}`
    : listed(sides.map(({ lane }) => lane.manifest.label))
}

function Head({ message, to }: { message: MessageView; to: string }) {
  const feed = useFeed()
  const who = message.outside ? 'a program outside' : message.sender
  const when = message.sentAt === null ? null : formatTime(message.sentAt)
  const line = [who, when, `${message.outside ? 'came through' : 'sent to'} ${to}`].filter(Boolean).join(', ')
  return (
    <header>
      <div>
        <Tag number={message.number} traced />
        <span className="muted">{line}</span>
        <button
          type="button"
          className="btn ico sm quiet"
          aria-label="Close inspector"
          onClick={() => closeInspector(feed)}
        >
          <Icon name="x" />
        </button>
      </div>
      <h2>{message.text ?? '…'}</h2>
    </header>
  )
}

function Nothing() {
  const feed = useFeed()
  return (
    <header>
      <div>
        <span className="muted">No message to inspect yet. Send one, or pick one in any view.</span>
        <button
          type="button"
          className="btn ico sm quiet"
          aria-label="Close inspector"
          onClick={() => closeInspector(feed)}
        >
          <Icon name="x" />
        </button>
      </div>
    </header>
  )
}

function Inspected({ message }: { message: MessageView }) {
  const feed = useFeed()
  const { system, consumer } = useInspector()
  const lanes = laneRefs(feed)
  const sides = sidesOf(feed, message)
  const side = sides.find(({ lane }) => lane.manifest.id === system) ?? sides[0]
  return (
    <>
      <Head message={message} to={sentTo(sides, lanes)} />
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
            <SameInCode message={message} side={side} consumer={consumer} />
          </div>
        </>
      )}
      <Content message={message} sides={sides} />
    </>
  )
}

/** One message's whole life on each system, with the broker's own facts, and the same in code. Beside every view. */
export function Inspector() {
  const { open } = useInspector()
  useSlice((feed) => (open ? signature(feed) : ''))
  const { views, trace } = useFeed()
  if (!open) return null
  const message = trace.messageId === null ? undefined : views.message(trace.messageId)
  return (
    <aside className="drawer" aria-label={message?.number ? `Message ${message.number}` : 'Inspector'}>
      {message ? <Inspected key={message.messageId} message={message} /> : <Nothing />}
    </aside>
  )
}
