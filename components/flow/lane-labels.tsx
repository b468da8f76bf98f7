'use client'

import type { CSSProperties, ReactNode } from 'react'
import type { Drawing } from '#lib/brokers/contract.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { GroupMark } from '../keep/group-mark.tsx'
import { formatCount } from '../ui/format.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle, MODE_LABEL } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { bufferWords } from '../words/flow.ts'
import { atX, boxStyle, type Point, pointStyle } from './geometry.ts'
import type { FlowLayout, LaneLayout } from './layout.ts'
import { STORE } from './motion/unseen.ts'
import type { Routes } from './routes.ts'
import { useUnseen } from './shown-trace.tsx'
import { type Figure, figuresOf, logStoreFacts } from './store-facts.ts'

interface LaneLabelsProps {
  layout: FlowLayout
  lane: LaneLayout
  routes: Routes
  view: DestinationView | undefined
  live: boolean
}

/** `from`: the badge starts at the point instead of being centred on it. */
const Badge = ({ at, from = false, children }: { at: Point; from?: boolean; children: ReactNode }) => (
  <span
    className={`absolute z-2 h-[calc(var(--lh-sm)+4px)] -translate-y-1/2 whitespace-nowrap rounded-[6px] border border-hue-line bg-surface px-2 font-strong fs-sm leading-[calc(var(--lh-sm)+2px)] ${from ? '' : '-translate-x-1/2'}`}
    style={pointStyle(at)}
  >
    {children}
  </span>
)

function Head({ lane, live }: Pick<LaneLabelsProps, 'lane' | 'live'>) {
  const { manifest, destination, mode } = lane.lane.ref
  const word = statusWord(useFeed().views.broker(manifest.id))
  return (
    <div className="flex min-w-0 items-baseline gap-2 whitespace-nowrap px-5 py-3 max-1100:px-3">
      <Glyph manifest={manifest} className="mr-1 size-6 self-center" />
      <b className="fs-lg font-strong tracking-tight">{manifest.label}</b>
      <code className="min-w-0 overflow-hidden text-ellipsis fs-md text-ink-2" title={destination}>
        {destination}
      </code>
      {!live && <span className="fs-sm font-strong text-bad">{word}</span>}
      <span className="ml-auto inline-flex items-center gap-2 fs-md font-strong text-hue">
        {MODE_LABEL[mode]} <ModeMark mode={mode} />
      </span>
    </div>
  )
}

const FIGURES_HEIGHT = 32
/** The lag, in records, at which its bar is full. */
const LAG_FULL = 100

/** A figure's number, with a question mark where the broker does not say; zeros are quiet. */
function FigureValue({ value, bad = false }: Pick<Figure, 'value' | 'bad'>) {
  const look = value ? `font-strong ${bad ? 'text-bad' : 'text-ink'}` : 'font-text text-ink-3'
  return <strong className={look}>{value === null ? '?' : formatCount(value)}</strong>
}

function Lags({ view }: Pick<LaneLabelsProps, 'view'>) {
  const { groups } = logStoreFacts(view?.facts?.facts)
  return groups.map(({ name, lag }, index) => (
    <span key={name} className="inline-flex items-center gap-[5px]">
      <GroupMark index={index} /> {name} lag <FigureValue value={lag} />
      {lag !== null && lag > 0 && (
        <i
          className="h-2 rounded-[2px] bg-hue max-1100:hidden"
          style={{ width: 6 + 60 * Math.min(1, lag / LAG_FULL) }}
        />
      )}
    </span>
  ))
}

const Figures = ({ view }: Pick<LaneLabelsProps, 'view'>) =>
  figuresOf(view).map(({ key, value, label, bad }) => (
    <span key={key} className={bad && value ? 'text-bad' : undefined}>
      <FigureValue value={value} bad={bad} /> {label}
    </span>
  ))

/** A narrower box has room for the lags only. */
const FOOT_WORD_FROM_PX = 500

/** The font of an entry's name: a publish is a command, and a log's entry is a footnote. */
const ENTRY_FONT: Record<Drawing['entry']['shape'], string> = {
  exchange: 'fs-sm',
  publish: 'fs-sm font-mono',
  partitioner: 'fs-xs',
  append: 'fs-xs',
}

/** The name of the entry, such as the exchange's. */
function EntryWords({ lane }: Pick<LaneLabelsProps, 'lane'>) {
  const { entry } = lane
  const { box } = lane
  const isLog = lane.store.kind === 'log'
  if (isLog && box.width < FOOT_WORD_FROM_PX) return null
  // A log's entry has partitions above and below it, so its name is at the bottom of the box.
  const at = isLog
    ? { x: box.x + 14, y: box.y + box.height - 32 }
    : { x: entry.x, y: entry.y + entry.radius + 4 }
  return (
    <span
      className={`absolute z-2 whitespace-nowrap text-ink-2 leading-sm ${isLog ? '' : '-translate-x-1/2'} ${ENTRY_FONT[lane.lane.entry.shape]}`}
      style={pointStyle(at)}
    >
      {lane.lane.entry.word}
    </span>
  )
}

/** How far along its cord a count is drawn, and for how many cords at most there is room for counts. */
const BADGE_AT = 0.44
const BADGES_MAX = 4

function OutBadges({ layout, lane, routes, view }: LaneLabelsProps) {
  const feed = useFeed()
  const unseen = useUnseen()
  const { store } = lane
  if (layout.direction === 'down') return null
  if (store.kind === 'log') {
    const { partitions } = logStoreFacts(view?.facts?.facts)
    return store.strips.map(({ partition, y, height, end }) => {
      const known = partitions.find((one) => one.partition === partition)
      if (!known || height < 10) return null
      return (
        <Badge key={partition} at={{ x: end.x + 10, y }} from>
          end {formatCount(Number(known.end))}
        </Badge>
      )
    })
  }
  if (lane.consumers.length > BADGES_MAX) return null
  return lane.consumers.map(({ consumer, jack }) => {
    if (!consumer || consumer.readsDeadLetters) return null
    const coming = unseen.count(lane.lane.key, consumer.name)
    const arrivals = Math.max(0, (feed.views.pane(consumer.id)?.arrivals ?? 0) - coming)
    const path = routes.outward(lane.lane.key, consumer.name, null)
    if (!path) return null
    const x = store.exit.x + (jack.x - store.exit.x) * BADGE_AT
    return (
      <Badge key={consumer.id} at={atX(path, x)}>
        {formatCount(arrivals)} <small className="font-text">out</small>
      </Badge>
    )
  })
}

/** Bytes that the broker buffers for consumers that read too slowly. */
function Buffers({ lane, view }: Pick<LaneLabelsProps, 'lane' | 'view'>) {
  const facts = view?.facts?.facts
  if (facts?.mode !== 'fanout') return null
  return facts.outputBuffers
    .filter(({ bytes }) => bytes > 0)
    .map(({ consumer, bytes }) => {
      const reader = lane.consumers.find(({ names }) => names.includes(consumer))
      if (!reader) return null
      return (
        <span
          key={consumer}
          className="absolute z-2 -translate-x-full whitespace-nowrap rounded-1 bg-bad-tint px-1.5 fs-sm font-strong text-bad"
          style={pointStyle({ x: reader.jack.x - 16, y: reader.jack.y + 16 })}
        >
          {bufferWords(bytes)}
        </span>
      )
    })
}

/** The figures of a queue are right under its lower border, where there is room. */
function figuresStyle({ store, box }: LaneLayout): CSSProperties | undefined {
  if (store.kind !== 'queue') return undefined
  const { y, height } = store.slots.box
  const top = y + height + 18 - box.y
  return top + FIGURES_HEIGHT < box.height ? { top, bottom: 'auto' } : undefined
}

const FIGURES_POSITION: Record<LaneLayout['store']['kind'], string> = {
  queue: 'bottom-2.5 left-[27%] flex-wrap gap-x-6 gap-y-0.5',
  queues: 'bottom-2.5 left-[27%] flex-wrap gap-x-6 gap-y-0.5',
  log: 'bottom-2.5 left-[18%] flex-wrap gap-x-6 gap-y-0.5 min-700:max-1100:right-2 min-700:max-1100:left-2 min-700:max-1100:flex-nowrap min-700:max-1100:justify-end min-700:max-1100:gap-x-2',
  wire: 'top-[54.7%] left-[27%] translate-y-[calc(2px-50%)] flex-col flex-wrap gap-[calc(var(--lh-md)+4px)]',
}

/** All text and numbers of one lane. Redrawn at most four times a second while the room is busy. */
export function LaneLabels(props: LaneLabelsProps) {
  const { lane, view, live, layout } = props
  const { store } = lane
  const coming = useUnseen().count(lane.lane.key, STORE)
  const taken = view ? Math.max(0, view.counts.published + view.counts.unheard - coming) : 0
  const hasLags = logStoreFacts(view?.facts?.facts).groups.length > 0
  const figures = store.kind === 'log' && hasLags ? <Lags view={view} /> : <Figures view={view} />
  return (
    <div data-system={lane.lane.ref.manifest.id} style={hueStyle(lane.lane.ref.manifest)}>
      <div
        className={`absolute z-0 rounded-3 border-[1.5px] border-hue-line bg-hue-tint [--g-hole:var(--hue-tint)] ${live ? '' : 'bg-hatch'}`}
        style={boxStyle(lane.box)}
      >
        <Head lane={lane} live={live} />
        <p
          className={`absolute right-5 flex whitespace-nowrap text-ink-2 text-md ${FIGURES_POSITION[store.kind]}`}
          style={figuresStyle(lane)}
        >
          {figures}
          {store.kind === 'wire' && <span>Nothing is stored.</span>}
        </p>
      </div>
      <EntryWords lane={lane} />
      {layout.direction === 'across' && (
        <Badge at={lane.inlet}>
          {formatCount(taken)} <small className="font-text">in</small>
        </Badge>
      )}
      <OutBadges {...props} />
      <Buffers lane={lane} view={view} />
      {lane.deadLetters && (
        <span
          className="absolute z-2 grid place-items-center whitespace-nowrap fs-xs text-bad"
          style={boxStyle(lane.deadLetters)}
        >
          dead letters
        </span>
      )}
    </div>
  )
}
