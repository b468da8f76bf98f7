'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import type { LaneRef } from '../lane/lane-ref.ts'
import { useMoment } from '../ledger/use-now.ts'
import { jackLook } from '../pane/jack.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { flowStateWords } from '../words/flow.ts'
import { boxStyle, pointStyle } from './geometry.ts'
import type { FlowLayout, LaneLayout } from './layout.ts'
import type { ConsumerLayout } from './layout-consumers.ts'
import type { FlowConsumer } from './scene.ts'

interface NodeProps {
  lane: LaneRef
  consumer: FlowConsumer
  layout: ConsumerLayout
  plugged: boolean
  live: boolean
}

/** The number of the message that a consumer holds, if it holds exactly one. */
function heldNumber(feed: Feed, consumerId: string): number | null {
  const pane = feed.views.pane(consumerId)
  if (pane?.inHand.length !== 1) return null
  return feed.views.message(pane.inHand[0]?.messageId ?? '')?.number ?? null
}

function StateLine({ lane, consumer }: Pick<NodeProps, 'lane' | 'consumer'>) {
  const feed = useFeed()
  const now = useMoment(consumer.state === 'crashed')
  const pane = feed.views.pane(consumer.id)
  if (!pane) return null
  const words = flowStateWords({
    pane,
    can: lane.modeManifest.can,
    destination: lane.destination,
    rebalancing: consumer.rebalancing,
    holding: heldNumber(feed, consumer.id),
    crashedAt: null,
    now,
  })
  return <span className={consumer.state === 'crashed' ? 'state bad-word' : 'state'}>{words}</span>
}

function ConsumerBox({ lane, consumer, layout, plugged, live }: NodeProps) {
  useSlice(({ views }) => views.pane(consumer.id)?.version, 'calm')
  const pane = useFeed().views.pane(consumer.id)
  const done = lane.modeManifest.can.settle ? pane?.settled : pane?.arrivals
  return (
    <div
      className={plugged ? 'flow-consumer on' : 'flow-consumer'}
      data-state={consumer.state}
      data-consumer={consumer.name}
      data-arrivals={pane?.arrivals ?? 0}
      style={boxStyle(layout.box)}
    >
      <div>
        <b>{consumer.name}</b>
        {layout.hasState && <StateLine lane={lane} consumer={consumer} />}
      </div>
      <strong className={done ? undefined : 'zero'}>{formatCount(done ?? 0)}</strong>
      <i className={jackLook(consumer.state, plugged, live)} aria-hidden="true" />
    </div>
  )
}

/** One box for the consumers that have no box of their own. */
function OtherConsumers({ lane, layout }: { lane: LaneLayout; layout: ConsumerLayout }) {
  return (
    <div className="flow-consumer rest" style={boxStyle(layout.box)}>
      <b>
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
    <i key={group} className="flow-bracket" style={{ ...pointStyle({ x, y: top }), height: bottom - top }} />
  ))

interface ConsumersProps {
  layout: FlowLayout
  lane: LaneLayout
  plugged: ReadonlyMap<string, unknown>
  live: boolean
}

/** The consumers of one lane, each with its state and what it has done. */
export const Consumers = ({ layout, lane, plugged, live }: ConsumersProps) => (
  <div
    className="flow-consumers"
    style={hueStyle(lane.lane.ref.manifest)}
    data-system={lane.lane.ref.manifest.id}
  >
    {lane.consumers.map((one) =>
      one.consumer ? (
        <ConsumerBox
          key={one.consumer.id}
          lane={lane.lane.ref}
          consumer={one.consumer}
          layout={one}
          plugged={plugged.has(one.consumer.name)}
          live={live}
        />
      ) : (
        <OtherConsumers key="others" lane={lane} layout={one} />
      ),
    )}
    {layout.direction === 'across' && <Brackets lane={lane} />}
  </div>
)
