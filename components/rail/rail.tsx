'use client'

import { type ReactNode, useMemo, useRef } from 'react'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import { type LaneRef, laneWords } from '../feed/lane-ref.ts'
import { Button } from '../ui/button.tsx'
import { ModeMark } from '../ui/icon.tsx'
import { Port } from '../ui/port.tsx'
import { useMedia } from '../ui/use-media.ts'
import { plain, type Sentence, sentence } from '../words/sentence.ts'
import { heldVerdictWords, nothingWords, verdictWords } from '../words/verdicts.ts'
import { drawRail, type RailDrawing } from './cords.ts'
import { useJacks } from './use-jacks.ts'

/** The way is cut: a dotted line that ends in a cross. */
const Cut = ({ y }: { y: number }) => (
  <>
    <path d={`M0 ${y}H118`} className="stub" />
    <path d={`M126 ${y - 5}l10 10m0-10-10 10`} className="cut" />
  </>
)

interface CordsProps {
  mode: Mode
  drawing: RailDrawing
  size: { width: number; height: number; start: number }
  cut: boolean
  /** Changes with the traced message, so that new cords draw themselves. */
  traceKey: string
}

const Cords = ({ mode, drawing, size, cut, traceKey }: CordsProps) => (
  <svg
    className="pointer-events-none absolute top-0 left-0 z-2 overflow-visible"
    width={size.width}
    height={size.height}
    aria-hidden="true"
  >
    {cut ? (
      <Cut y={size.height / 2} />
    ) : (
      <>
        {drawing.stubs.map((path) => (
          <path key={path} d={path} className="stub" />
        ))}
        {drawing.cords.map((path) => (
          <path key={`${traceKey} ${path}`} d={path} className="cord" pathLength="1" />
        ))}
        {drawing.ports.map((y) => (
          <Port key={y} mode={mode} size="rail" x={size.start} y={y} />
        ))}
      </>
    )}
  </svg>
)

interface VerdictProps {
  beside: ReactNode
  mode: Mode
  words: Sentence
  /** The destination of the same system that the message went to, when the lane can show it. */
  wentTo: string | undefined
  onShow(destination: string): void
}

/** Characters of a verdict that fit on a phone, and beside an open inspector or on a small screen. */
const FITS_PHONE = 32
const FITS_SMALL = 70

/** Who got how many, and who did not and why, stay in sight; the message's number is on the screen elsewhere. */
function asideLook({ length }: string): string {
  if (length > FITS_SMALL) return 'max-1440:hidden inspecting:hidden present:hidden'
  return length > FITS_PHONE ? 'max-700:hidden present:hidden' : 'present:hidden'
}

const Verdict = ({ mode, words, wentTo, onShow, beside }: VerdictProps) => (
  <div className="pointer-events-none absolute inset-y-0 right-4 left-12 z-3 flex h-[calc(100%-1px)] items-center gap-2 max-700:right-2 [&>*]:pointer-events-auto">
    <p className="pointer-events-none! flex h-full min-w-0 flex-1 justify-end" role="status">
      {/* Other words are another element, so that what stands at the right edge never slides. */}
      <span
        key={plain(words)}
        className="pointer-events-auto flex h-full min-w-0 items-center gap-2 whitespace-nowrap bg-sunken pl-2 text-ink fs-md max-700:fs-sm present:text-[20px]"
        data-part="verdict"
        title={plain(words)}
      >
        <ModeMark mode={mode} className="text-hue" />
        <span className="overflow-hidden text-ellipsis">
          {words.strong && <b className="font-strong">{words.strong}</b>}
          {words.aside && <span className={asideLook(plain(words))}> {words.aside}</span>}
          {words.rest.startsWith(':') ? '' : ' '}
          {words.rest}
        </span>
      </span>
    </p>
    {beside}
    {wentTo !== undefined && (
      <Button size="sm" aria-label={`Show ${wentTo}`} onClick={() => onShow(wentTo)}>
        Show
      </Button>
    )}
  </div>
)

/** The destination to show instead: the first of those the message went to that the room still has. */
const shownInstead = ({ verdict }: TraceView): string | undefined =>
  verdict.kind === 'not-sent' ? verdict.to.find(({ mode }) => mode !== null)?.destination : undefined

/** Where the broker's block stands above the panes instead of beside them, its port stands inside the rail. */
const BROKER_ABOVE = '(width < 1000px)'
const INSIDE_PX = 12

interface RailProps {
  lane: LaneRef
  trace: TraceView
  /** This browser still holds the traced message for this lane. */
  held: boolean
  consumers: readonly Consumer[]
  /** The panes under the rail; null until they stand in the page. */
  panes: HTMLElement | null
  live: boolean
  /** Behind the verdict. */
  beside?: ReactNode
}

/** From the broker a cord to each consumer that got the traced message; the number of cords is the number of copies. */
export function Rail({ lane, trace, held, consumers, panes, live, beside }: RailProps) {
  const feed = useFeed()
  const rail = useRef<HTMLDivElement>(null)
  const arrangement = consumers.map(({ id }) => id).join('|')
  const { width, height, jackTop, jacks } = useJacks(rail, panes, arrangement)
  const start = useMedia(BROKER_ABOVE) ? INSIDE_PX : 0
  const plugged = [...trace.cords.keys()].join('|')
  const drawing = useMemo(() => {
    const names = new Set(plugged.split('|'))
    const withCords = jacks.map(({ name, x }) => ({ x, plugged: names.has(name) }))
    return drawRail(lane.mode, withCords, { height, start, jackTop })
  }, [jacks, plugged, lane.mode, height, start, jackTop])
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  const words = held
    ? heldVerdictWords(number, consumers.length)
    : trace.verdict.kind === 'none'
      ? sentence('', nothingWords(feed.views.numbered))
      : verdictWords(trace.verdict, laneWords(lane), number)
  return (
    <div className="relative h-rail flex-none border-b bg-sunken" ref={rail}>
      <Cords
        mode={lane.mode}
        drawing={drawing}
        size={{ width, height, start }}
        cut={!live}
        traceKey={feed.trace.messageId ?? ''}
      />
      <Verdict
        mode={lane.mode}
        words={words}
        beside={beside}
        wentTo={held ? undefined : shownInstead(trace)}
        onShow={(destination) => laneChoice.choose(lane.manifest.id, destination)}
      />
    </div>
  )
}
