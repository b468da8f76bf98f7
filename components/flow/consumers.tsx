'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { GhostView, TraceView } from '#lib/ledger/model/trace-views.ts'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { jackLook } from '../pane/jack.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { cellWords } from '../words/cells.ts'
import { flowStateWords } from '../words/flow.ts'
import { boxStyle, pointStyle } from './geometry.ts'
import type { FlowLayout, LaneLayout } from './layout.ts'
import type { ConsumerLayout } from './layout-consumers.ts'
import { type FlowConsumer, laneKey } from './scene.ts'
import { useUnseen } from './shown-trace.tsx'

interface NodeProps {
  lane: LaneRef
  consumer: FlowConsumer
  layout: ConsumerLayout
  plugged: boolean
  /** Why it does not have the traced message. */
  ghost: GhostView | undefined
  live: boolean
}

/** The number of the message that a consumer holds, if it holds exactly one. */
function unackedNumber(feed: Feed, { inHand }: PaneView): number | null {
  if (inHand.length !== 1) return null
  return feed.views.message(inHand[0]?.messageId ?? '')?.number ?? null
}

/** The reason in a word or two; null where its own state says it, or it is busy with another message. */
function reasonWords(
  { lane, consumer, ghost }: LineProps,
  pane: PaneView,
): { short: string; whole: string } | null {
  if (!ghost || consumer.state !== 'attached' || pane.inHand.length > 0) return null
  const { manifest, modeManifest } = lane
  const words = { label: manifest.label, consumerNoun: modeManifest.consumerNoun, consumer: consumer.name }
  const cell = cellWords({ kind: 'ghost', ghost }, words)
  return cell?.first ? { short: `${cell.first} ${cell.second}`.trim(), whole: cell.name } : null
}

type LineProps = Pick<NodeProps, 'lane' | 'consumer' | 'ghost'>

/** Its pane as far as the picture shows it: what is on its way is not in its hands. */
function useShownPane({ lane, consumer }: Pick<NodeProps, 'lane' | 'consumer'>): PaneView | undefined {
  useSlice(({ views }) => views.pane(consumer.id)?.version, 'calm')
  const pane = useFeed().views.pane(consumer.id)
  const unseen = useUnseen()
  const key = laneKey(lane.manifest.id, lane.destination)
  const coming = unseen.count(key, consumer.name)
  if (!pane || coming === 0) return pane
  const arrivals = Math.max(0, pane.arrivals - coming)
  return {
    ...pane,
    arrivals,
    settled: Math.min(pane.settled, arrivals),
    inHand: pane.inHand.filter(({ messageId }) => !unseen.has(key, messageId, consumer.name)),
  }
}

function StateLine(props: LineProps & { pane: PaneView }) {
  const { lane, consumer, pane } = props
  const feed = useFeed()
  const now = useNow(consumer.state === 'crashed')
  const why = reasonWords(props, pane)
  const words = flowStateWords({
    pane,
    can: lane.modeManifest.can,
    destination: lane.destination,
    rebalancing: consumer.rebalancing,
    holding: unackedNumber(feed, pane),
    crashedAt: null,
    now,
  })
  return (
    <span
      className={`block truncate text-sm ${consumer.state === 'crashed' ? 'text-bad' : 'text-ink-2'}`}
      title={why?.whole ?? words}
    >
      {why?.short ?? words}
    </span>
  )
}

const BOX =
  'absolute z-2 flex items-center gap-3 rounded-3 bg-surface pr-4 pl-[calc(var(--jack)+10px)] max-1100:gap-1 max-1100:pr-1.5 max-1100:pl-[calc(var(--jack)/2+4px)] max-700:px-2'
const NAME = 'block truncate fs-lg leading-md font-strong tracking-tight max-700:fs-sm'
/** The jack is centred on the left edge of its box, on a phone on the upper edge. */
const ON_EDGE =
  'absolute top-1/2 -left-[calc(var(--jack)/2)] -mt-[calc(var(--jack)/2)] max-700:top-0 max-700:left-1/2 max-700:-ml-[calc(var(--jack)/2)]'

function borderOf(state: ConsumerState, plugged: boolean): string {
  const width = plugged ? 'border-2' : 'border-[1.5px]'
  if (state === 'crashed') return `${width} border-bad`
  const colour = plugged ? 'border-hue' : 'border-line-strong'
  const absent = state === 'attaching' || state === 'detached' ? 'border-dashed bg-hatch' : ''
  return `${width} ${colour} ${absent}`
}

/** What a consumer's number counts. */
const DONE: Record<Mode, string> = { queue: 'got', fanout: 'heard', log: 'read' }

function ConsumerBox({ lane, consumer, layout, plugged, ghost, live }: NodeProps) {
  const pane = useShownPane({ lane, consumer })
  const { settle } = lane.modeManifest.can
  const done = settle ? pane?.settled : pane?.arrivals
  const counts = settle ? 'settled' : DONE[lane.mode]
  return (
    <div
      className={`${BOX} ${borderOf(consumer.state, plugged)}`}
      data-state={consumer.state}
      data-consumer={consumer.name}
      data-arrivals={pane?.arrivals ?? 0}
      style={boxStyle(layout.box)}
    >
      <div className="min-w-0 flex-1">
        <b className={NAME} title={consumer.name}>
          {consumer.name}
        </b>
        {layout.hasState && pane && <StateLine lane={lane} consumer={consumer} ghost={ghost} pane={pane} />}
      </div>
      <span className="grid justify-items-end" title={`${counts} by ${consumer.name}`}>
        <strong
          className={`${layout.hasState ? 'fs-xl' : 'fs-md'} leading-md font-strong max-700:fs-md ${done ? '' : 'text-ink-3'}`}
        >
          {formatCount(done ?? 0)}
        </strong>
        {layout.hasState && <small className="fs-xs leading-sm text-ink-2">{counts}</small>}
      </span>
      <i className={`${jackLook(consumer.state, plugged, live)} ${ON_EDGE}`} aria-hidden="true" />
    </div>
  )
}

/** One box for the consumers that have no box of their own. */
function OtherConsumers({ lane, layout }: { lane: LaneLayout; layout: ConsumerLayout }) {
  return (
    <div className={`${BOX} border-[1.5px] border-line-strong`} style={boxStyle(layout.box)}>
      <b className={NAME} title={layout.names.join(', ')}>
        {formatCount(layout.names.length)} more {lane.lane.ref.modeManifest.consumerNoun}s
      </b>
    </div>
  )
}

/** The bracket beside each group of consumers. */
function brackets(lane: LaneLayout): Array<{ group: string; top: number; bottom: number; x: number }> {
  const found = new Map<string, { group: string; top: number; bottom: number; x: number }>()
  for (const { consumer, box } of lane.consumers) {
    if (!consumer?.group) continue
    const known = found.get(consumer.group)
    if (known) known.bottom = box.y + box.height
    else {
      found.set(consumer.group, {
        group: consumer.group,
        top: box.y,
        bottom: box.y + box.height,
        x: box.x + box.width + 12,
      })
    }
  }
  return [...found.values()]
}

const Brackets = ({ lane }: { lane: LaneLayout }) =>
  brackets(lane).map(({ group, top, bottom, x }) => (
    <i
      key={group}
      className="absolute z-2 w-2 border-2 border-hue border-l-0"
      style={{ ...pointStyle({ x, y: top }), height: bottom - top }}
    />
  ))

interface ConsumersProps {
  layout: FlowLayout
  lane: LaneLayout
  trace: Pick<TraceView, 'cords' | 'ghosts'>
  live: boolean
}

/** The consumers of one lane, each with its state and what it has done. */
export const Consumers = ({ layout, lane, trace, live }: ConsumersProps) => (
  <div style={hueStyle(lane.lane.ref.manifest)} data-system={lane.lane.ref.manifest.id}>
    {lane.consumers.map((one) =>
      one.consumer ? (
        <ConsumerBox
          key={one.consumer.id}
          lane={lane.lane.ref}
          consumer={one.consumer}
          layout={one}
          plugged={trace.cords.has(one.consumer.name)}
          ghost={trace.ghosts.get(one.consumer.name)}
          live={live}
        />
      ) : (
        <OtherConsumers key="others" lane={lane} layout={one} />
      ),
    )}
    {layout.direction === 'across' && <Brackets lane={lane} />}
  </div>
)
