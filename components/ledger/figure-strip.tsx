'use client'

import { type CSSProperties, useRef, useState } from 'react'
import type { CountedMessages } from '#lib/ledger/model/count-views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { showMessage } from '../feed/show-message.ts'
import { BoxTitle, Hint } from '../ui/box-text.tsx'
import { formatCount } from '../ui/format.ts'
import { FLOAT, placeBeside } from '../ui/popover.tsx'
import { type FigureWords, figureWord } from '../words/ledger.ts'
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
  /** It stands on the broker's tinted ground. */
  tinted?: boolean
  /** The messages that a figure counts, asked for when it is opened. */
  countedIn(figure: F): CountedMessages
}

interface Opened<F extends string> extends Figure<F> {
  counted: CountedMessages
}

const FIGURE =
  'relative -mx-0.5 min-h-6 whitespace-nowrap rounded-1 px-0.5 focus-visible:shadow-none focus-visible:-outline-offset-2 disabled:opacity-100'

/** Where a pane is narrow or a lane is low, a zero gives way; how many were sent and seen at all stays. */
function figureLook(isZero: boolean, tinted: boolean): string {
  if (!isZero) return tinted ? 'hover:bg-surface' : 'hover:bg-hover'
  return tinted
    ? 'font-text text-ink-2 not-data-[figure=sent]:not-data-[figure=seen]:shorter:hidden max-1440:data-[figure=unknown]:short:hidden'
    : 'font-text text-ink-3 not-data-[figure=unique]:@max-[340px]/foot:hidden'
}

/** Numbers that are never good news. */
const BAD: ReadonlySet<string> = new Set(['lost', 'missed', 'refused'])

function valueLook({ figure, value }: { figure: string; value: number }): string {
  if (value === 0) return 'font-text'
  return `font-strong ${BAD.has(figure) ? 'text-bad' : 'text-ink'}`
}

/** A second line where large numbers need it: nothing that matters is cut off. */
const WRAPS = '-mb-1.5 max-h-12 min-h-6 flex-none flex-wrap inspecting:gap-x-1 short:gap-x-1'

interface MessagesBehindProps {
  opened: Opened<string>
  of: string
  onPick(messageId: string): void
}

/** What one number counts, and the messages it counted, as far as they are still held here. */
function MessagesBehind({ opened, of, onPick }: MessagesBehindProps) {
  const { value, words, counted } = opened
  const notListed = value - counted.messages.length
  return (
    <>
      <p>
        <BoxTitle as="b">
          {of}: {formatCount(value)} {figureWord(words, value)}
        </BoxTitle>
        <Hint as="span">{words.means}</Hint>
      </p>
      <MessageList messages={counted.messages} onPick={onPick} />
      {counted.more && <Hint>Only the newest are listed.</Hint>}
      {!counted.more && notListed > 0 && (
        <Hint>{formatCount(notListed)} further ones are no longer held here, or are repeats of these.</Hint>
      )}
    </>
  )
}

/** A row of numbers, each of which opens the messages that it counts. Zeros are grey and open nothing. */
export function FigureStrip<F extends string>({
  figures,
  of,
  tinted = false,
  countedIn,
}: FigureStripProps<F>) {
  const feed = useFeed()
  const box = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<Opened<F> | null>(null)
  const [place, setPlace] = useState<CSSProperties>({})

  const open = (figure: Figure<F>, button: HTMLElement) => {
    const anchor = button.getBoundingClientRect()
    setPlace(placeBeside(anchor, anchor.left > innerWidth / 2 ? 'end' : 'start'))
    setOpened({ ...figure, counted: countedIn(figure.figure) })
    box.current?.showPopover()
  }

  return (
    <fieldset
      className={`-mx-0.5 flex min-w-0 items-center gap-x-1.5 overflow-hidden px-0.5 text-ink-2 text-xs present:hidden ${tinted ? WRAPS : 'h-6'}`}
      aria-label={`Ledger of ${of}`}
    >
      {figures.map((one) => (
        <button
          key={one.figure}
          type="button"
          className={`${FIGURE} ${figureLook(one.value === 0, tinted)}`}
          data-figure={one.figure}
          title={one.words.means}
          disabled={one.value === 0}
          aria-haspopup="dialog"
          onClick={(event) => open(one, event.currentTarget)}
        >
          <b className={valueLook(one)}>{formatCount(one.value)}</b> {figureWord(one.words, one.value)}
        </button>
      ))}
      <div
        ref={box}
        popover="auto"
        role="dialog"
        aria-label={opened ? `${of}: ${opened.words.word}` : of}
        className={`${FLOAT} w-105 max-w-[min(420px,calc(100vw-16px))] p-4`}
        style={place}
        onToggle={(event) => event.newState === 'closed' && setOpened(null)}
      >
        {opened && (
          <MessagesBehind
            opened={opened}
            of={of}
            onPick={(id) => {
              box.current?.hidePopover()
              showMessage(feed, id)
            }}
          />
        )}
      </div>
    </fieldset>
  )
}
