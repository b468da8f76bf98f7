'use client'

import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import { addressPartition } from '#lib/protocol/address.ts'
import { hueStyle } from '../ui/look.ts'
import { bendTo, pathOf } from './geometry.ts'
import type { FlowLayout, LaneLayout } from './layout.ts'
import type { ConsumerLayout } from './layout-consumers.ts'
import type { Routes } from './routes.ts'
import type { FlowConsumer } from './scene.ts'

interface CordsProps {
  layout: FlowLayout
  lane: LaneLayout
  routes: Routes
  trace: TraceView
  /** The producer of the traced message, if it was sent to this lane. */
  producer: string | null
}

const isThere = ({ state }: FlowConsumer): boolean => state === 'attached' || state === 'paused'

/** From each producer to the lane's inlet; the traced message's cord is drawn last, over the others. */
function InCords({ layout, lane, producer }: CordsProps) {
  const ordered = layout.producers.toSorted((a, b) => Number(a.id === producer) - Number(b.id === producer))
  return ordered.map(({ id, port }) => (
    <path
      key={id}
      d={pathOf(port, [bendTo(port, lane.inlet, layout.direction)]).d}
      className={id === producer ? 'flow-cord on' : 'flow-cord'}
    />
  ))
}

/** The partitions that a consumer's cords start from; null stands for a store without partitions. */
function sourcesOf(lane: LaneLayout, consumer: FlowConsumer): ReadonlyArray<number | null> {
  if (lane.store.kind !== 'log') return [null]
  if (consumer.partitions.length > 0) return consumer.partitions
  return consumer.group === null ? lane.lane.partitions : []
}

function tracedPartition(trace: TraceView, name: string): number | null {
  const address = trace.cords.get(name)?.address
  return address ? addressPartition(address) : null
}

interface OutProps extends Pick<CordsProps, 'lane' | 'routes' | 'trace'> {
  place: ConsumerLayout
}

function OutCords({ lane, routes, trace, place }: OutProps) {
  const { consumer } = place
  if (!consumer) return null
  const { name } = consumer
  const has = trace.cords.has(name)
  const isTraced = trace.receipt !== null
  const at = tracedPartition(trace, name)
  const isOn = (partition: number | null) => has && (at === null || at === partition)
  const isStub = !isThere(consumer) || (isTraced && lane.store.kind === 'queue')
  return sourcesOf(lane, consumer)
    .toSorted((a, b) => Number(isOn(a)) - Number(isOn(b)))
    .map((partition) => {
      const path = routes.outward(lane.lane.key, name, partition)
      if (!path) return null
      const look = isOn(partition) ? 'flow-cord on' : isStub ? 'flow-cord stub' : 'flow-cord'
      return <path key={partition} d={`${path.d}L${place.jack.x} ${place.jack.y}`} className={look} />
    })
}

/** Inside the box, from the entry to the store. */
function innerPaths({ layout, lane }: CordsProps): string[] {
  const { entry, store, inlet } = lane
  const toEntry = `M${inlet.x} ${inlet.y}L${entry.x} ${entry.y}`
  switch (store.kind) {
    case 'queue': {
      const { box } = store.slots
      const out = layout.direction === 'across' ? [`M${box.x + box.width} ${entry.y}H${store.exit.x}`] : []
      return [toEntry, `M${entry.x} ${entry.y}H${box.x}`, ...out]
    }
    case 'queues':
      return [
        toEntry,
        ...store.queues.map(({ box }) => {
          const to = { x: box.x, y: box.y + box.height / 2 }
          return pathOf(entry, [bendTo(entry, to, 'across')]).d
        }),
      ]
    case 'wire':
      return [toEntry, `M${entry.x} ${entry.y}H${store.hub.x}`]
    case 'log':
      return [
        toEntry,
        ...store.strips.map(({ start, y }) => {
          const to = { x: start - 32, y }
          return pathOf(entry, [bendTo(entry, to, 'across')]).d
        }),
      ]
    default:
      return []
  }
}

/** All cords of one lane: from the producers, inside the broker, and to the consumers. */
export function Cords(props: CordsProps) {
  const { lane, routes, trace } = props
  return (
    <g style={hueStyle(lane.lane.ref.manifest)}>
      <InCords {...props} />
      {innerPaths(props).map((d) => (
        <path key={d} d={d} className="flow-cord inner" />
      ))}
      {lane.consumers
        .toSorted(
          (a, b) => Number(trace.cords.has(a.names[0] ?? '')) - Number(trace.cords.has(b.names[0] ?? '')),
        )
        .map((place) => (
          <OutCords key={place.names[0]} lane={lane} routes={routes} trace={trace} place={place} />
        ))}
    </g>
  )
}
