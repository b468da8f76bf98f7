'use client'

import type { CSSProperties, ReactNode } from 'react'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { GroupMark } from '../keep/group-mark.tsx'
import { formatCount } from '../ui/format.ts'
import { Glyph, ModeMark } from '../ui/icon.tsx'
import { hueStyle, MODE_LABEL } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { bufferWords } from '../words/flow.ts'
import { figuresOf, logAccount } from './account.ts'
import { atX, type Point } from './path.ts'
import { boxStyle, pointStyle } from './place.ts'
import type { FlowPlan, LanePlan } from './plan.ts'
import type { Routes } from './routes.ts'

interface LaneWordsProps {
  plan: FlowPlan
  lane: LanePlan
  routes: Routes
  view: DestinationView | undefined
  live: boolean
}

/** `from`: it begins there instead of having its middle there. */
const Badge = ({ at, from = false, children }: { at: Point; from?: boolean; children: ReactNode }) => (
  <span className={from ? 'flow-badge from' : 'flow-badge'} style={pointStyle(at)}>
    {children}
  </span>
)

function Head({ lane, live }: Pick<LaneWordsProps, 'lane' | 'live'>) {
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
/** A lag grows as a bar too: it is full at so many records. */
const LAG_FULL = 100

function Lags({ view }: Pick<LaneWordsProps, 'view'>) {
  const { groups } = logAccount(view?.facts?.facts)
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

const Figures = ({ view }: Pick<LaneWordsProps, 'view'>) =>
  figuresOf(view).map(({ key, value, label, bad }) => (
    <span key={key} className={bad && value ? 'bad-word' : undefined}>
      <strong className={value ? undefined : 'zero'}>{value === null ? '?' : formatCount(value)}</strong>{' '}
      {label}
    </span>
  ))

/** A narrower box has room for its lags only. */
const FOOT_WORD_FROM_PX = 500

/** The words that stand beside the entry. */
function EntryWords({ lane }: Pick<LaneWordsProps, 'lane'>) {
  const { entry } = lane
  const { box } = lane
  const isLog = lane.store.kind === 'log'
  if (isLog && box.width < FOOT_WORD_FROM_PX) return null
  // A log's entry has partitions above and below it: its word stands at the foot of the box.
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

/** Where a count stands on its cord between the box and the consumer, and beyond how many cords there is no room for counts. */
const BADGE_AT = 0.44
const BADGES_MAX = 4

function OutBadges({ plan, lane, routes, view }: LaneWordsProps) {
  const feed = useFeed()
  const { store } = lane
  if (plan.direction === 'down') return null
  if (store.kind === 'log') {
    const { partitions } = logAccount(view?.facts?.facts)
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
    const way = routes.outward(lane.lane.key, consumer.name, null)
    if (!way) return null
    const x = store.exit.x + (jack.x - store.exit.x) * BADGE_AT
    return (
      <Badge key={consumer.id} at={atX(way, x)}>
        {formatCount(arrivals)}
      </Badge>
    )
  })
}

/** Bytes that the broker holds for those who read too slowly. */
function Buffers({ lane, view }: Pick<LaneWordsProps, 'lane' | 'view'>) {
  const facts = view?.facts?.facts
  if (facts?.mode !== 'fanout') return null
  return facts.outputBuffers
    .filter(({ bytes }) => bytes > 0)
    .map(({ consumer, bytes }) => {
      const place = lane.consumers.find(({ names }) => names.includes(consumer))
      if (!place) return null
      return (
        <span
          key={consumer}
          className="flow-buffer"
          style={pointStyle({ x: place.jack.x - 16, y: place.jack.y + 16 })}
        >
          {bufferWords(bytes)}
        </span>
      )
    })
}

/** Figures of a queue stand right under its rails, where there is room. */
function figuresStyle({ store, box }: LanePlan): CSSProperties | undefined {
  if (store.kind !== 'queue') return undefined
  const { y, height } = store.line.box
  const top = y + height + 18 - box.y
  return top + FIGURES_HEIGHT < box.height ? { top, bottom: 'auto' } : undefined
}

/** Everything of a lane that is words and numbers. Redrawn at most four times a second while the room is busy. */
export function LaneWords(props: LaneWordsProps) {
  const { lane, view, live, plan } = props
  const { store } = lane
  const taken = view ? view.counts.published + view.counts.unheard : 0
  const hasLags = logAccount(view?.facts?.facts).groups.length > 0
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
          {store.kind === 'wire' && <span>Nothing is stored.</span>}
        </p>
      </div>
      <EntryWords lane={lane} />
      {plan.direction === 'across' && <Badge at={lane.inlet}>{formatCount(taken)}</Badge>}
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
