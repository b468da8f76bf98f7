'use client'

import { memo } from 'react'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import type { Manifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'
import { shorten } from '#lib/util/cut-text.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneWords } from '../feed/lane-ref.ts'
import { Face } from '../ui/face.tsx'
import { formatTime } from '../ui/format.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { TagButton } from '../ui/tag.tsx'
import { noBodyWord, rowText } from '../words/bodies.ts'
import { UNNAMED_SENDER } from '../words/chat.ts'
import { plain, type Sentence, sentence } from '../words/sentence.ts'
import { scoreWords } from '../words/verdicts.ts'

/** The most of a text that is put on the page: an outside body may be far longer than ours. */
const TEXT_CHARS = 4_096

/** Who got it there; only that it was sent where the destination is gone. */
function scoreOf(views: LedgerViews, manifest: Manifest, life: LifeView, messageId: string): Sentence {
  const view = views.destination(manifest.id, life.destination)
  const modeManifest = view && modeAt(manifest, view.destination)
  if (!view || !modeManifest) return sentence('', 'sent')
  const { verdict } = views.trace(manifest.id, life.destination, messageId)
  return scoreWords(verdict, laneWords({ manifest, mode: view.mode, modeManifest }))
}

/** One broker that the message went to, and who got it there. */
function WentTo({ life, messageId }: { life: LifeView; messageId: string }) {
  const { views } = useFeed()
  const manifest = manifestOf(life.system)
  if (!manifest) return null
  const score = scoreOf(views, manifest, life, messageId)
  return (
    <li
      className="inline-flex min-w-0 max-w-full items-center gap-1.5 whitespace-nowrap fs-xs leading-sm"
      data-system={life.system}
      title={`${manifest.label} ${life.destination}: ${plain(score)}`}
    >
      <Glyph manifest={manifest} className="size-4 flex-none" />
      <span>{manifest.label}</span>
      <code className="min-w-0 truncate max-700:hidden">{life.destination}</code>
      <span className="text-ink-2 in-data-[traced=true]:text-signal-row-2">
        {score.strong && (
          <b className="font-strong text-ink in-data-[traced=true]:text-on-signal-row">{score.strong}</b>
        )}{' '}
        {score.rest}
      </span>
    </li>
  )
}

function SenderFace({ message }: { message: MessageView }) {
  const { sender, senderColour } = message
  if (sender !== null && senderColour !== null) return <Face name={sender} colour={senderColour} />
  return (
    <span className="grid size-7 flex-none place-items-center rounded-full bg-hover text-ink-2">
      <Icon name={message.outside ? 'outside' : 'user'} />
    </span>
  )
}

interface SaidProps {
  message: MessageView
  at: number
  /** Rendered again when this changes: the consumers, and so who is due the message. */
  audience: string
  traced: boolean
}

/** One message of the conversation: who wrote it and when, what it says, and the brokers it went to. */
export const Said = memo(function Said({ message, at, traced }: SaidProps) {
  const { messageId, sender } = message
  const number = message.number === null ? '#…' : `#${message.number}`
  const none = noBodyWord(message)
  const name = sender ?? UNNAMED_SENDER
  return (
    <article
      className={`flex gap-3 rounded-2 px-3 py-2 ${traced ? 'bg-signal-row text-on-signal-row' : 'hover:bg-hover'}`}
      data-message-id={messageId}
      data-traced={traced}
    >
      <SenderFace message={message} />
      <div className="min-w-0 flex-1">
        <p className="flex min-w-0 items-center gap-2">
          <b className="min-w-0 truncate font-strong fs-md" title={name}>
            <bdi>{name}</bdi>
          </b>
          <TagButton
            look={traced ? 'on-trace' : 'plain'}
            size={traced ? 'md' : 'flush'}
            aria-pressed={traced}
            title={traced ? `Release ${number} (Esc)` : `Pin ${number} in every view`}
          >
            {number}
          </TagButton>
          <time
            className={`ml-auto flex-none fs-xs ${traced ? 'text-signal-row-2' : 'text-ink-3'}`}
            dateTime={new Date(at).toISOString()}
          >
            {formatTime(at)}
          </time>
        </p>
        <p className="whitespace-pre-wrap text-lg [overflow-wrap:anywhere]" dir="auto">
          {none === null ? (
            shorten(rowText(message), TEXT_CHARS)
          ) : (
            <i className={traced ? 'text-signal-row-2' : 'text-ink-2'}>{none}</i>
          )}
        </p>
        <ul className="mt-1 flex flex-wrap gap-x-5 gap-y-1" aria-label={`Where ${number} went`}>
          {catalog.map(({ id }) => {
            const life = message.lives.get(id)
            return life && <WentTo key={id} life={life} messageId={messageId} />
          })}
        </ul>
      </div>
    </article>
  )
})
