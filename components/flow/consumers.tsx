'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useMoment } from '../feed/use-now.ts'
import { jackLook } from '../pane/jack.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { flowStateWords } from '../words/flow.ts'
import { boxStyle, pointStyle } from './place.ts'
import type { FlowPlan, LanePlan } from './plan.ts'
import type { ConsumerPlan } from './plan-consumers.ts'
import type { FlowConsumer } from './scene.ts'

interface NodeProps {
  lane: LaneRef
  consumer: FlowConsumer
  place: ConsumerPlan
  plugged: boolean
  live: boolean
}

function holdingNumber(feed: Feed, consumerId: string): number | null {
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
    holding: holdingNumber(feed, consumer.id),
    crashedAt: null,
    now,
  })
  return <span className={consumer.state === 'crashed' ? 'state bad-word' : 'state'}>{words}</span>
}

function Node({ lane, consumer, place, plugged, live }: NodeProps) {
  useSlice(({ views }) => views.pane(consumer.id)?.version, 'calm')
  const pane = useFeed().views.pane(consumer.id)
  const done = lane.modeManifest.can.settle ? pane?.settled : pane?.arrivals
  return (
    <div
      className={plugged ? 'flow-consumer on' : 'flow-consumer'}
      data-state={consumer.state}
      data-consumer={consumer.name}
      data-arrivals={pane?.arrivals ?? 0}
      style={boxStyle(place.box)}
    >
      <div>
        <b>{consumer.name}</b>
        {place.hasState && <StateLine lane={lane} consumer={consumer} />}
      </div>
      <strong className={done ? undefined : 'zero'}>{formatCount(done ?? 0)}</strong>
      <i className={jackLook(consumer.state, plugged, live)} aria-hidden="true" />
    </div>
  )
}

function Rest({ lane, place }: { lane: LanePlan; place: ConsumerPlan }) {
  return (
    <div className="flow-consumer" style={boxStyle(place.box)}>
      <b>
        {formatCount(place.names.length)} more {lane.lane.ref.modeManifest.consumerNoun}s
      </b>
    </div>
  )
}

/** Groups are held together by a bracket beside them. */
function brackets(lane: LanePlan): Array<{ group: string; top: number; bottom: number; x: number }> {
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

const Brackets = ({ lane }: { lane: LanePlan }) =>
  brackets(lane).map(({ group, top, bottom, x }) => (
    <i key={group} className="flow-bracket" style={{ ...pointStyle({ x, y: top }), height: bottom - top }} />
  ))

interface ConsumersProps {
  plan: FlowPlan
  lane: LanePlan
  plugged: ReadonlyMap<string, unknown>
  live: boolean
}

/** Who receives, with what each has done and how it stands. */
export const Consumers = ({ plan, lane, plugged, live }: ConsumersProps) => (
  <div style={hueStyle(lane.lane.ref.manifest)} data-system={lane.lane.ref.manifest.id}>
    {lane.consumers.map((place) =>
      place.consumer ? (
        <Node
          key={place.consumer.id}
          lane={lane.lane.ref}
          consumer={place.consumer}
          place={place}
          plugged={plugged.has(place.consumer.name)}
          live={live}
        />
      ) : (
        <Rest key="rest" lane={lane} place={place} />
      ),
    )}
    {plan.direction === 'across' && <Brackets lane={lane} />}
  </div>
)
