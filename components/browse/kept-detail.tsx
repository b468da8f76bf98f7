'use client'

import { useEffect, useRef } from 'react'
import type { KeptMessage } from '#lib/protocol/browse-commands.ts'
import { bytesOfBase64, hexDigits } from '#lib/util/show-bytes.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Body, heldBytes } from '../inspector/body.tsx'
import { openInspector } from '../inspector/inspector-state.ts'
import { MetadataTables } from '../inspector/metadata-tables.tsx'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatTime } from '../ui/format.ts'
import { Tag } from '../ui/tag.tsx'
import { bodyWords, cutWords, sizeWords, unseenWords } from '../words/bodies.ts'
import { positionWord } from '../words/positions.ts'
import { contentOf } from './kept-content.ts'

function rowsOf(kept: KeptMessage): Array<readonly [name: string, value: string]> {
  const content = contentOf(kept)
  const { key, keyBytes, omittedKeyBytes, sender, text, bytes, bearsIdOf } = content
  const { writtenAt } = kept
  const rows: Array<readonly [string, string | null]> = [
    ['Position', positionWord(kept.address)],
    [
      'Written',
      writtenAt === undefined ? null : `${formatTime(writtenAt)}, ${new Date(writtenAt).toISOString()}`,
    ],
    ['Sender', sender],
    ['Claims', bearsIdOf === null ? null : `the id of #${bearsIdOf}, whose body is another`],
    [
      'Key',
      key === null ? null : [key === '' ? 'empty' : key, cutWords(omittedKeyBytes)].filter(Boolean).join(' '),
    ],
    ['Key, hex', keyBytes === null ? null : hexDigits(bytesOfBase64(keyBytes))],
    ['Size', sizeWords(content, heldBytes(content).length)],
    ['Unseen', bytes === null ? unseenWords(text ?? '') : null],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

interface KeptDetailProps {
  message: KeptMessage
  lane: LaneRef
  onBack(): void
  /** Closes the box that it stands in. */
  close(): void
}

/** One kept message in full: where it stands, what rode beside it, and its body in each form that it can be read in. */
export function KeptDetail({ message, lane, onBack, close }: KeptDetailProps) {
  const feed = useFeed()
  const back = useRef<HTMLButtonElement>(null)
  useEffect(() => back.current?.focus(), [])
  const content = contentOf(message)
  const { number = null, messageId } = message
  const isHere = messageId !== undefined && feed.views.message(messageId) !== undefined
  return (
    <div className="grid gap-2">
      <div className="flex items-center gap-2 fs-sm">
        <Button ref={back} size="sm" onClick={onBack}>
          Back to the list
        </Button>
        {number !== null && <Tag number={number} look="traced" />}
        {isHere && (
          <Button
            size="sm"
            className="ml-auto"
            onClick={() => {
              close()
              openInspector(feed, { messageId, system: lane.manifest.id })
            }}
          >
            Inspect #{number}
          </Button>
        )}
      </div>
      <h3 className="wrap-anywhere line-clamp-4 font-strong text-lg" dir="auto">
        {bodyWords(content)}
      </h3>
      <dl>
        {rowsOf(message).map(([name, value]) => (
          <div key={name} className="grid grid-cols-[72px_minmax(0,1fr)] gap-3 py-0.5 text-sm">
            <dt className="text-ink-2">{name}</dt>
            <dd className="wrap-anywhere max-h-30 overflow-auto">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <Body message={content} />
      {content.bytes === null && (
        <p>
          <CopyButton text={content.text ?? ''} what="text" />
        </p>
      )}
      <MetadataTables
        metadata={{
          headers: message.headers,
          fields: message.fields,
          omittedFields: message.omittedFields,
        }}
      />
    </div>
  )
}
