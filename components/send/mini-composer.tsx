'use client'

import type { RefObject } from 'react'
import { Glyph, Icon } from '../ui/icon.tsx'
import { SAY } from './say.ts'
import { useSendAll } from './use-send-all.ts'

/** The send to all three where there is little room: text and send, under the name chosen elsewhere. */
export function MiniComposer({ field }: { field?: RefObject<HTMLInputElement | null> }) {
  const { lanes, all, text, write, size, problems, submit } = useSendAll()
  const said = size.words ? [size.words, ...problems] : problems
  return (
    <form className="mini" onSubmit={submit}>
      <span className="inline-flex items-center gap-1">
        {lanes.map(({ manifest }) => (
          <Glyph key={manifest.id} manifest={manifest} />
        ))}
      </span>
      <input
        ref={field}
        className={SAY}
        aria-label={`Message to ${all} brokers`}
        aria-invalid={size.tooLong || problems.length > 0}
        placeholder={`Message to ${all} brokers`}
        value={text}
        autoComplete="off"
        enterKeyHint="send"
        onChange={(event) => write(event.target.value)}
      />
      <button className="btn solid ico" type="submit" disabled={size.tooLong} aria-label={`Send to ${all}`}>
        <Icon name="send" />
      </button>
      {said.length > 0 && (
        <p className="refused" role="alert">
          {said.join(' ')}
        </p>
      )}
    </form>
  )
}
