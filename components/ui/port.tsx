import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/**
 * In pixels: half a queue's square and its corners, a fan-out's ring and its hole, the shaft and the head of a log's arrow.
 * `ground`: what is seen through the hole.
 */
const MEASURES = {
  rail: { half: 5, corner: 2, ring: 9, hole: 4, shaft: 6, head: 4, ground: 'port-hole' },
  stage: { half: 7, corner: 3, ring: 11, hole: 5, shaft: 9, head: 8, ground: 'fill-surface' },
} as const

interface PortProps {
  mode: Mode
  size: keyof typeof MEASURES
  x: number
  y: number
}

/** Where the cords to a destination's consumers begin, within a drawing: its shape says which mode it is. */
export function Port({ mode, size, x, y }: PortProps) {
  const { half, corner, ring, hole, shaft, head, ground } = MEASURES[size]
  switch (mode) {
    case 'queue':
      return (
        <rect x={x - half} y={y - half} width={2 * half} height={2 * half} rx={corner} className="port" />
      )
    case 'fanout':
      return (
        <>
          <circle cx={x} cy={y} r={ring} className="port" />
          <circle cx={x} cy={y} r={hole} className={ground} />
        </>
      )
    case 'log':
      return (
        <path
          d={`M${x - half} ${y - head}h${shaft}l${head} ${head}-${head} ${head}h-${shaft}z`}
          className="port"
        />
      )
    default:
      return unreachable(mode)
  }
}
