'use client'

import { type CSSProperties, useRef, useState } from 'react'
import type { Behind } from '#lib/ledger/model/count-views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { formatCount } from '../ui/format.ts'
import { placeBeside } from '../ui/popover.tsx'
import type { FigureWords } from '../words/ledger.ts'
import { MessageList } from './message-list.tsx'

export interface Figure<F extends string> {
  figure: F
  value: number
  words: FigureWords
}

interface FigureStripProps<F extends string> {
  figures: readonly Figure<F>[]
  /** Names the strip and, with a figure, its list: "worker-1". */
  of: string
  /** The messages behind a number, asked when it is opened. */
  behind(figure: F): Behind
}

interface Opened<F extends string> extends Figure<F> {
  behind: Behind
}

/** A row of numbers, each of which opens the messages behind it. Zeros are grey and open nothing. */
export function FigureStrip<F extends string>({ figures, of, behind }: FigureStripProps<F>) {
  const feed = useFeed()
  const box = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<Opened<F> | null>(null)
  const [place, setPlace] = useState<CSSProperties>({})

  const open = (figure: Figure<F>, button: HTMLElement) => {
    const anchor = button.getBoundingClientRect()
    setPlace(placeBeside(anchor, anchor.left > innerWidth / 2 ? 'end' : 'start'))
    setOpened({ ...figure, behind: behind(figure.figure) })
    box.current?.showPopover()
  }

  return (
    <fieldset className="strip" aria-label={`Ledger of ${of}`}>
      {figures.map((one) => (
        <button
          key={one.figure}
          type="button"
          className={one.value === 0 ? 'strip-fig zero faint' : 'strip-fig'}
          data-figure={one.figure}
          title={one.words.means}
          disabled={one.value === 0}
          aria-haspopup="dialog"
          onClick={(event) => open(one, event.currentTarget)}
        >
          <b className="value">{formatCount(one.value)}</b>{' '}
          {one.words.short && <span aria-hidden="true">{one.words.short}</span>}
          <span className={one.words.short ? 'vh' : undefined}>{one.words.word}</span>
        </button>
      ))}
      <div
        ref={box}
        popover="auto"
        role="dialog"
        aria-label={opened ? `${of}: ${opened.words.word}` : of}
        className="float behind"
        style={place}
        onToggle={(event) => event.newState === 'closed' && setOpened(null)}
      >
        {opened && (
          <>
            <p>
              <b className="box-title">
                {of}: {formatCount(opened.value)} {opened.words.word}
              </b>
              <span className="hint">{opened.words.means}</span>
            </p>
            <MessageList
              messages={opened.behind.messages}
              onPick={(id) => {
                box.current?.hidePopover()
                feed.pin(id)
              }}
            />
            {opened.behind.more && <p className="hint">Only the newest are listed.</p>}
            {!opened.behind.more && opened.behind.messages.length < opened.value && (
              <p className="hint">
                {formatCount(opened.value - opened.behind.messages.length)} further ones are no longer held
                here, or are repeats of these.
              </p>
            )}
          </>
        )}
      </div>
    </fieldset>
  )
}
