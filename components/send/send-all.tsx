'use client'

import { type FormEvent, type RefObject, useState } from 'react'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import type { RefusedSend } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import { laneRefs, laneRefsSignature } from '../lane/lane-ref.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { numberWord } from '../words/receipts.ts'
import { KeyField, SenderField } from './fields.tsx'
import { Receipt } from './receipt.tsx'
import { textSize } from './text-size.ts'
import { useSender } from './use-sender.ts'

const refusedWords = (refused: RefusedSend) =>
  errorWords(refused.code, { ...refused, label: manifestOf(refused.system)?.label })

/** One send, several fates: the strongest shape on the page, and under it who got it. */
export function SendAll({ field }: { field: RefObject<HTMLInputElement | null> }) {
  useSlice(laneRefsSignature)
  const feed = useFeed()
  const lanes = laneRefs(feed)
  const [text, setText] = useState('')
  const [key, setKey] = useState('')
  const sender = useSender()
  const size = textSize(text)
  const all = `all ${numberWord(catalog.length)}`

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (text === '' || size.tooLong) return
    setText('')
    const to = lanes.map(({ manifest, destination }) => ({ system: manifest.id, destination }))
    const result = await sender.send({ to, text, ...(key === '' ? {} : { key }) })
    if (result.state === 'refused') setText((newer) => (newer === '' ? text : newer))
  }

  const takesKey = lanes.some(({ modeManifest }) => modeManifest.can.key !== null)
  const problems = [...new Set(sender.refused.map(refusedWords))]
  return (
    <section className="sendall" aria-label={`Send to ${all}`}>
      <div className="sendall-form">
        <form onSubmit={submit}>
          <span className="trio">
            {lanes.map(({ manifest }) => (
              <Glyph key={manifest.id} manifest={manifest} />
            ))}
          </span>
          <input
            ref={field}
            className="say"
            aria-label={`Message to ${all} brokers`}
            aria-invalid={size.tooLong || problems.length > 0}
            placeholder={`Message to ${all} brokers`}
            value={text}
            autoComplete="off"
            enterKeyHint="send"
            onChange={(event) => {
              setText(event.target.value)
              if (problems.length > 0) sender.forget()
            }}
          />
          <span className="only-desk sendall-fields">
            <SenderField label={`Sender name for ${all}`} />
            {takesKey && (
              <KeyField label={`Key for ${all}`} placeholder="key" value={key} onChange={setKey} />
            )}
          </span>
          <button
            className="btn solid lg"
            type="submit"
            disabled={size.tooLong}
            aria-label={`Send to ${all}`}
          >
            <span className="word">{sender.slow ? 'Sending' : `Send to ${all}`}</span> <Icon name="send" />
          </button>
        </form>
        {size.words && <p className={size.tooLong ? 'size over' : 'size'}>{size.words}</p>}
        {problems.length > 0 && (
          <p className="refused" role="alert">
            {problems.join(' ')}
          </p>
        )}
      </div>
      <Receipt />
    </section>
  )
}
