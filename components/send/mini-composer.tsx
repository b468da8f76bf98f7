'use client'

import { type FormEvent, type RefObject, useState } from 'react'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import { laneRefs, laneRefsSignature } from '../lane/lane-ref.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { numberWord } from '../words/receipts.ts'
import { textSize } from './text-size.ts'
import { useSender } from './use-sender.ts'

/** The send to all three where there is little room: text and send, under the name chosen elsewhere. */
export function MiniComposer({ field }: { field?: RefObject<HTMLInputElement | null> }) {
  useSlice(laneRefsSignature)
  const lanes = laneRefs(useFeed())
  const [text, setText] = useState('')
  const sender = useSender()
  const size = textSize(text)
  const all = `all ${numberWord(catalog.length)}`

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (text === '' || size.tooLong) return
    setText('')
    const to = lanes.map(({ manifest, destination }) => ({ system: manifest.id, destination }))
    const result = await sender.send({ to, text })
    if (result.state === 'refused') setText((newer) => (newer === '' ? text : newer))
  }

  const problems = sender.refused.map((refused) =>
    errorWords(refused.code, { ...refused, label: manifestOf(refused.system)?.label }),
  )
  const said = size.words ? [size.words, ...problems] : problems
  return (
    <form className="mini" onSubmit={submit}>
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
      <button className="btn solid ico" type="submit" disabled={size.tooLong} aria-label={`Send to ${all}`}>
        <Icon name="send" />
      </button>
      {said.length > 0 && (
        <p className="refused" role="alert">
          {[...new Set(said)].join(' ')}
        </p>
      )}
    </form>
  )
}
