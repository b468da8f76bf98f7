import { unreachable } from '#lib/util/unreachable.ts'
import type { LanePlan } from './plan.ts'

/** What takes a message in: an exchange routes, a publish hands on, a partitioner chooses, an append adds. */
export function Entry({ lane }: { lane: LanePlan }) {
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
