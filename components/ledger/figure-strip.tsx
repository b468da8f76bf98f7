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
  /** What share the last place of a lane's strip. With it each figure has a column, two lines deep, on the broker's tinted ground. */
  more?: readonly Figure<F>[]
  /** The messages that a figure counts, asked for when it is opened. */
  countedIn(figure: F): CountedMessages
}

interface Opened<F extends string> extends Figure<F> {
  counted: CountedMessages
}

const FIGURE =
  'relative -mx-0.5 min-h-6 whitespace-nowrap rounded-1 px-0.5 text-left focus-visible:shadow-none focus-visible:-outline-offset-2 disabled:opacity-100'

/** Where a pane is narrow or a lane is low, a zero gives way; how many were sent and seen at all stays. */
function figureLook({ figure, value }: Figure<string>, tinted: boolean): string {
  const width = !tinted && figure === 'unique' ? 'min-w-18' : ''
  if (value !== 0) return `${width} ${tinted ? 'hover:bg-surface' : 'hover:bg-hover'}`
  return tinted
    ? 'font-text text-ink-2 not-data-[figure=sent]:not-data-[figure=seen]:shorter:hidden'
    : `${width} font-text text-ink-3 not-data-[figure=unique]:in-[footer:has([data-on-return])]:hidden not-data-[figure=unique]:@max-[340px]/foot:hidden`
}

/** Numbers that are never good news. */
const BAD: ReadonlySet<string> = new Set(['lost', 'missed', 'refused'])

function valueLook({ figure, value }: { figure: string; value: number }): string {
  if (value === 0) return 'font-text'
  return `font-strong ${BAD.has(figure) ? 'text-bad' : 'text-ink'}`
}

/** Both lines are kept free, and each figure has its column: a number that grows, or another that comes, moves none. */
const COLUMNS =
  '-mb-1.5 grid h-12 flex-none grid-cols-[repeat(3,auto)] content-start justify-between justify-items-start shorter:h-auto shorter:min-h-6'
const LINE = 'flex h-6 flex-1'

interface FigureButtonProps {
  one: Figure<string>
  tinted: boolean
  onOpen(button: HTMLElement): void
}

const FigureButton = ({ one, tinted, onOpen }: FigureButtonProps) => (
  <button
    type="button"
    className={`${FIGURE} ${figureLook(one, tinted)}`}
    data-figure={one.figure}
    title={one.words.means}
    disabled={one.value === 0}
    aria-haspopup="dialog"
    onClick={(event) => onOpen(event.currentTarget)}
  >
    <b className={valueLook(one)}>{formatCount(one.value)}</b> {figureWord(one.words, one.value)}
  </button>
)

interface MoreFiguresProps extends Omit<FigureButtonProps, 'one' | 'onOpen'> {
  more: readonly Figure<string>[]
  onOpen(figures: readonly Figure<string>[], button: HTMLElement): void
}

/** The weightiest of what there seldom is, and the way to the others. */
function MoreFigures({ more: [first, ...others], tinted, onOpen }: MoreFiguresProps) {
  if (!first) return null
  return (
    <span className="flex gap-x-1.5">
      <FigureButton one={first} tinted={tinted} onOpen={(button) => onOpen([first], button)} />
      {others.length > 0 && (
        <button
          type="button"
          className={`${FIGURE} min-w-6 text-center hover:bg-surface`}
          title={others
            .map(({ value, words }) => `${formatCount(value)} ${figureWord(words, value)}`)
            .join(', ')}
          aria-haspopup="dialog"
          onClick={(event) => onOpen(others, event.currentTarget)}
        >
          +{others.length}
          <span className="vh"> more figures</span>
        </button>
      )}
    </span>
  )
}

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

/** Numbers, each of which opens the messages that it counts. Zeros are grey and open nothing. */
export function FigureStrip<F extends string>({ figures, of, more, countedIn }: FigureStripProps<F>) {
  const feed = useFeed()
  const box = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<readonly Opened<string>[]>([])
  const [place, setPlace] = useState<CSSProperties>({})
  const tinted = more !== undefined

  const open = (chosen: readonly Figure<string>[], button: HTMLElement) => {
    const anchor = button.getBoundingClientRect()
    setPlace(placeBeside(anchor, anchor.left > innerWidth / 2 ? 'end' : 'start'))
    setOpened(chosen.map((figure) => ({ ...figure, counted: countedIn(figure.figure as F) })))
    box.current?.showPopover()
  }

  return (
    <fieldset
      className={`-mx-0.5 min-w-0 items-center gap-x-1.5 overflow-hidden px-0.5 text-ink-2 text-xs present:hidden ${tinted ? COLUMNS : LINE}`}
      aria-label={`Ledger of ${of}`}
    >
      {figures.map((one) => (
        <FigureButton key={one.figure} one={one} tinted={tinted} onOpen={(button) => open([one], button)} />
      ))}
      {more && <MoreFigures more={more} tinted onOpen={open} />}
      <div
        ref={box}
        popover="auto"
        role="dialog"
        aria-label={[of, ...opened.map(({ words }) => words.word)].join(': ')}
        className={`${FLOAT} w-105 max-w-[min(420px,calc(100vw-16px))] p-4`}
        style={place}
        onToggle={(event) => event.newState === 'closed' && setOpened([])}
      >
        {opened.map((one) => (
          <MessagesBehind
            key={one.figure}
            opened={one}
            of={of}
            onPick={(id) => {
              box.current?.hidePopover()
              showMessage(feed, id)
            }}
          />
        ))}
      </div>
    </fieldset>
  )
}
