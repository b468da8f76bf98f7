'use client'

import type { CSSProperties, ReactNode } from 'react'
import type { LaneView } from '#lib/ledger/views.ts'
import { useFeed } from '../feed-context.tsx'
import { GroupMark } from '../keep/group-mark.tsx'
import { formatCount } from '../ui/format.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle, MODE_LABEL } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { bufferWords } from '../words/flow.ts'
import { atX, boxStyle, type Point, pointStyle } from './geometry.ts'
import type { FlowLayout, LaneLayout } from './layout.ts'
import type { Routes } from './routes.ts'
import { figuresOf, logStoreFacts } from './store-facts.ts'

interface LaneLabelsProps {
  layout: FlowLayout
  lane: LaneLayout
  routes: Routes
  view: LaneView | undefined
  live: boolean
}

/** `from`: the badge starts at the point instead of being centred on it. */
const Badge = ({ at, from = false, children }: { at: Point; from?: boolean; children: ReactNode }) => (
  <span className={from ? 'flow-badge from' : 'flow-badge'} style={pointStyle(at)}>
    {children}
  </span>
)

function Head({ lane, live }: Pick<LaneLabelsProps, 'lane' | 'live'>) {
  const { manifest, destination, mode } = lane.lane.ref
  const word = statusWord(useFeed().views.broker(manifest.id))
  return (
    <div className="flow-head">
      <Glyph manifest={manifest} />
      <b>{manifest.label}</b>
      <code>{destination}</code>
      {!live && <span className="flow-away">{word}</span>}
      <span className="flow-mode">
        {MODE_LABEL[mode]} <ModeMark mode={mode} />
      </span>
    </div>
  )
}

const FIGURES_HEIGHT = 32
/** The lag, in records, at which its bar is full. */
const LAG_FULL = 100

function Lags({ view }: Pick<LaneLabelsProps, 'view'>) {
  const { groups } = logStoreFacts(view?.facts?.facts)
  return groups.map(({ name, lag }, index) => (
    <span key={name} className="flow-lag">
      <GroupMark index={index} /> {name} lag{' '}
      <strong className={lag ? undefined : 'zero'}>{lag === null ? '?' : formatCount(lag)}</strong>
      {lag !== null && lag > 0 && (
        <i className="flow-lag-bar" style={{ width: 6 + 60 * Math.min(1, lag / LAG_FULL) }} />
      )}
    </span>
  ))
}

const Figures = ({ view }: Pick<LaneLabelsProps, 'view'>) =>
  figuresOf(view).map(({ key, value, label, bad }) => (
    <span key={key} className={bad && value ? 'bad-word' : undefined}>
      <strong className={value ? undefined : 'zero'}>{value === null ? '?' : formatCount(value)}</strong>{' '}
      {label}
    </span>
  ))

/** A narrower box has room for the lags only. */
const FOOT_WORD_FROM_PX = 500

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
      className={isLog ? 'flow-entry-word foot' : 'flow-entry-word'}
      data-shape={lane.lane.entry.shape}
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
    const arrivals = feed.views.pane(consumer.id)?.arrivals ?? 0
    const path = routes.outward(lane.lane.key, consumer.name, null)
    if (!path) return null
    const x = store.exit.x + (jack.x - store.exit.x) * BADGE_AT
    return (
      <Badge key={consumer.id} at={atX(path, x)}>
        {formatCount(arrivals)}
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
          className="flow-buffer"
          style={pointStyle({ x: reader.jack.x - 16, y: reader.jack.y + 16 })}
        >
          {bufferWords(bytes)}
        </span>
      )
    })
}

/** The figures of a queue are right under its rails, where there is room. */
function figuresStyle({ store, box }: LaneLayout): CSSProperties | undefined {
  if (store.kind !== 'queue') return undefined
  const { y, height } = store.slots.box
  const top = y + height + 18 - box.y
  return top + FIGURES_HEIGHT < box.height ? { top, bottom: 'auto' } : undefined
}

/** All text and numbers of one lane. Redrawn at most four times a second while the room is busy. */
export function LaneLabels(props: LaneLabelsProps) {
  const { lane, view, live, layout } = props
  const { store } = lane
  const taken = view ? view.counts.published + view.counts.unheard : 0
  const hasLags = logStoreFacts(view?.facts?.facts).groups.length > 0
  const figures = store.kind === 'log' && hasLags ? <Lags view={view} /> : <Figures view={view} />
  return (
    <div
      className={live ? 'flow-lane' : 'flow-lane stale'}
      data-system={lane.lane.ref.manifest.id}
      style={hueStyle(lane.lane.ref.manifest)}
    >
      <div className="flow-box" style={boxStyle(lane.box)}>
        <Head lane={lane} live={live} />
        <p className="flow-figures" data-store={store.kind} style={figuresStyle(lane)}>
          {figures}
          {store.kind === 'wire' && <span className="nothing">Nothing is stored.</span>}
        </p>
      </div>
      <EntryWords lane={lane} />
      {layout.direction === 'across' && <Badge at={lane.inlet}>{formatCount(taken)}</Badge>}
      <OutBadges {...props} />
      <Buffers lane={lane} view={view} />
      {lane.deadLetters && (
        <span className="flow-dead-word" style={boxStyle(lane.deadLetters)}>
          dead letters
        </span>
      )}
    </div>
  )
}
