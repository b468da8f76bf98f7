import { formatCount } from '../ui/format.ts'
import type { SlotsPlan, StorePlan } from './plan-store.ts'

export interface Waiting {
  /** Ready messages; null where the broker does not say. */
  count: number | null
  /** The traced message is one of them. */
  traced: boolean
}

const SLOT_AIR = 0.12

/** Slots fill from the right, the next to leave first; what does not fit is counted in the last one. */
export function Slots({ plan, waiting }: { plan: SlotsPlan; waiting: Waiting }) {
  const { box, slots } = plan
  const ready = waiting.count ?? 0
  const overflow = ready > slots ? ready - slots + 1 : 0
  const pitch = box.width / slots
  return (
    <g>
      {Array.from({ length: slots }, (_, place) => {
        const index = slots - 1 - place
        const isTraced = waiting.traced && index === Math.min(ready, slots) - 1
        const look = isTraced ? 'flow-slot on' : index < ready ? 'flow-slot full' : 'flow-slot'
        const x = box.x + place * pitch + pitch * SLOT_AIR * 0.5
        const width = pitch * (1 - SLOT_AIR)
        const isLast = overflow > 0 && place === 0
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the slots are fixed places
          <g key={place}>
            <rect
              x={x}
              y={box.y}
              width={width}
              height={box.height}
              rx={Math.min(6, width / 4)}
              className={look}
            />
            {isLast && (
              <text
                className="flow-slot-text"
                textAnchor="middle"
                dominantBaseline="central"
                transform={`translate(${x + width / 2} ${box.y + box.height / 2})${box.height > width ? ' rotate(-90)' : ''}`}
              >
                +{formatCount(overflow)}
              </text>
            )}
          </g>
        )
      })}
    </g>
  )
}

const RAIL_AIR = 8

/** One line that all consumers share, between its two rails. */
export function QueueStore({
  plan,
  waiting,
}: {
  plan: Extract<StorePlan, { kind: 'queue' }>
  waiting: Waiting
}) {
  const { box } = plan.line
  const rail = (y: number) => `M${box.x - RAIL_AIR} ${y}H${box.x + box.width + RAIL_AIR}`
  return (
    <g>
      <path className="flow-rail" d={rail(box.y - RAIL_AIR) + rail(box.y + box.height + RAIL_AIR)} />
      <rect
        className="flow-ground"
        x={box.x - 2}
        y={box.y - RAIL_AIR + 2}
        width={box.width + 4}
        height={box.height + 2 * RAIL_AIR - 4}
      />
      <Slots plan={plan.line} waiting={waiting} />
    </g>
  )
}

interface QueuesProps {
  plan: Extract<StorePlan, { kind: 'queues' }>
  waitingFor(consumer: string): number | null
}

/** A small line for each consumer. */
export const QueuesStore = ({ plan, waitingFor }: QueuesProps) =>
  plan.lines.map((line) => (
    <g key={line.consumer}>
      <rect className="flow-ground" {...line.box} />
      <Slots plan={line} waiting={{ count: waitingFor(line.consumer ?? ''), traced: false }} />
    </g>
  ))

/** Where copies part; nothing stays. */
export const WireStore = ({ plan }: { plan: Extract<StorePlan, { kind: 'wire' }> }) => (
  <circle className="flow-hub" cx={plan.hub.x} cy={plan.hub.y} r="10" />
)
