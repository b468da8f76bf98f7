'use client'

import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { overflowSlots } from '../keep/overflow-slots.ts'
import { tracedPlace } from '../keep/traced-place.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import type { LaneLayout } from './layout.ts'
import type { SlotsLayout, StoreLayout } from './layout-store.ts'
import { LogStore } from './log-store.tsx'
import { logStoreFacts, readyFor } from './store-facts.ts'

/** Where messages enter the broker: an exchange, a publish, a partitioner or an append. */
function Entry({ lane }: { lane: LaneLayout }) {
  const { x, y, radius: r } = lane.entry
  const { shape } = lane.lane.entry
  switch (shape) {
    case 'exchange': {
      const [side, half, cross] = [r * 0.87, r * 0.5, r * 0.34]
      return (
        <g>
          <path
            className="flow-entry"
            d={`M${x} ${y - r}L${x + side} ${y - half}V${y + half}L${x} ${y + r}L${x - side} ${y + half}V${y - half}Z`}
          />
          <path
            className="flow-entry-mark"
            d={`M${x - cross} ${y - cross}L${x + cross} ${y + cross}M${x + cross} ${y - cross}L${x - cross} ${y + cross}`}
          />
        </g>
      )
    }
    case 'publish':
      return (
        <g>
          <circle className="flow-entry" cx={x} cy={y} r={r * 0.87} />
          <circle className="flow-entry-dot" cx={x} cy={y} r={r * 0.27} />
        </g>
      )
    case 'partitioner':
      return <circle className="flow-entry-dot" cx={x} cy={y} r={r * 0.2} />
    case 'append':
      return (
        <path
          className="flow-entry-mark"
          d={`M${x - r * 0.3} ${y - r * 0.5}L${x + r * 0.3} ${y}L${x - r * 0.3} ${y + r * 0.5}`}
        />
      )
    default:
      return unreachable(shape)
  }
}

interface Ready {
  /** Ready messages; null where the broker does not say. */
  count: number | null
  /** The traced message is one of them. */
  traced: boolean
}

/** The share of a slot's pitch that stays empty between two slots. */
const SLOT_GAP = 0.12

/** Width of a letter of the count of those that do not fit, pixels. */
const LETTER_PX = 10

/** Slots fill from the right, where the next message leaves; the leftmost slot counts the messages that do not fit. */
function Slots({ layout, ready }: { layout: SlotsLayout; ready: Ready }) {
  const { box, slots } = layout
  const count = ready.count ?? 0
  const pitch = box.width / slots
  const merged = overflowSlots(count, { slots, pitch, letterPx: LETTER_PX })
  const places = merged > 0 ? slots - merged + 1 : slots
  return (
    <g>
      {Array.from({ length: places }, (_, position) => {
        const index = places - 1 - position
        const isTraced = ready.traced && index === Math.min(count, places) - 1
        const look = isTraced ? 'flow-slot on' : index < count ? 'flow-slot full' : 'flow-slot'
        const isLast = merged > 0 && position === 0
        const before = merged > 0 && position > 0 ? position + merged - 1 : position
        const x = box.x + before * pitch + pitch * SLOT_GAP * 0.5
        const width = (isLast ? merged : 1) * pitch - pitch * SLOT_GAP
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its position
          <g key={position}>
            <rect
              x={x}
              y={box.y}
              width={width}
              height={box.height}
              rx={Math.min(6, pitch / 4)}
              className={look}
            />
            {isLast && (
              <text
                className={isTraced ? 'flow-slot-text on' : 'flow-slot-text'}
                textAnchor="middle"
                dominantBaseline="central"
                x={x + width / 2}
                y={box.y + box.height / 2}
              >
                +{formatCount(count - places + 1)}
              </text>
            )}
          </g>
        )
      })}
    </g>
  )
}

/** Between the slots and each border line, pixels. */
const BORDER_GAP = 8

/** One queue that all consumers share, between two border lines. */
function QueueStore({ layout, ready }: { layout: Extract<StoreLayout, { kind: 'queue' }>; ready: Ready }) {
  const { box } = layout.slots
  const border = (y: number) => `M${box.x - BORDER_GAP} ${y}H${box.x + box.width + BORDER_GAP}`
  return (
    <g>
      <path
        className="flow-border"
        d={border(box.y - BORDER_GAP) + border(box.y + box.height + BORDER_GAP)}
      />
      <rect
        className="flow-ground"
        x={box.x - 2}
        y={box.y - BORDER_GAP + 2}
        width={box.width + 4}
        height={box.height + 2 * BORDER_GAP - 4}
      />
      <Slots layout={layout.slots} ready={ready} />
    </g>
  )
}

interface QueuesProps {
  layout: Extract<StoreLayout, { kind: 'queues' }>
  readyFor(consumer: string): number | null
}

/** A small queue for each consumer. */
const QueuesStore = ({ layout, readyFor }: QueuesProps) =>
  layout.queues.map((queue) => (
    <g key={queue.consumer}>
      <rect className="flow-ground" {...queue.box} />
      <Slots layout={queue} ready={{ count: readyFor(queue.consumer ?? ''), traced: false }} />
    </g>
  ))

/** Where a message is copied to each subscriber; nothing is stored. */
const WireStore = ({ layout }: { layout: Extract<StoreLayout, { kind: 'wire' }> }) => (
  <circle className="flow-hub" cx={layout.hub.x} cy={layout.hub.y} r="10" />
)

interface LaneDrawingProps {
  lane: LaneLayout
  view: DestinationView | undefined
  trace: TraceView
}

function Store({ lane, view, trace }: LaneDrawingProps) {
  const { store } = lane
  const facts = view?.facts?.facts
  switch (store.kind) {
    case 'queue': {
      const count = facts?.mode === 'queue' ? facts.ready : null
      return <QueueStore layout={store} ready={{ count, traced: trace.verdict.kind === 'stored' }} />
    }
    case 'queues':
      return <QueuesStore layout={store} readyFor={(consumer) => readyFor(facts, consumer)} />
    case 'wire':
      return <WireStore layout={store} />
    case 'log': {
      const { partitions, groups } = logStoreFacts(facts)
      const traced = tracedPlace(trace, partitions)
      return <LogStore layout={store} partitions={partitions} groups={groups} traced={traced} />
    }
    default:
      return unreachable(store)
  }
}

/** The drawn parts of one broker: where messages enter, where they are stored, and the dead letters. */
export const LaneDrawing = (props: LaneDrawingProps) => (
  <g style={hueStyle(props.lane.lane.ref.manifest)}>
    <Store {...props} />
    <Entry lane={props.lane} />
    {props.lane.deadLetters && <rect className="flow-dead" rx="6" {...props.lane.deadLetters} />}
  </g>
)
