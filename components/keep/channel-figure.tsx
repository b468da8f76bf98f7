import { formatCount, formatNumber } from '../ui/format.ts'

interface ChannelFigureProps {
  /** The traced message's number; null when none passed here. */
  number: number | null
  /** What the broker said: how many heard it; null while it has not said. */
  heard: number | null
  /** Who listens now, in the broker's count. */
  subscribers: number | null
  /** Our subscribers that listen now, and whether the traced message reached each. */
  names: ReadonlyArray<{ name: string; plugged: boolean }>
  traced: boolean
}

/** Branches drawn; more are counted on the last one. */
const BRANCHES = 3
const WIDTH = 280
const HEIGHT = 72
const RING_X = 84
const END_X = 172
const FIRST_Y = 14

interface Branch {
  label: string
  plugged: boolean
}

function branchesOf({ names, subscribers }: ChannelFigureProps): Branch[] {
  const branches = names.map(({ name, plugged }): Branch => ({ label: name, plugged }))
  const outside = Math.max(0, (subscribers ?? 0) - names.length)
  if (outside > 0) branches.push({ label: `${formatCount(outside)} outside`, plugged: false })
  if (branches.length <= BRANCHES) return branches
  const rest = branches.slice(BRANCHES - 1)
  return [
    ...branches.slice(0, BRANCHES - 1),
    { label: `${formatCount(rest.length)} more`, plugged: rest.some(({ plugged }) => plugged) },
  ]
}

function branchY(index: number, count: number): number {
  if (count === 1) return HEIGHT / 2
  return FIRST_Y + (index * (HEIGHT - 2 * FIRST_Y)) / (count - 1)
}

const curve = (y: number) => `M${RING_X + 6} 36C124 36 112 ${y} 148 ${y}H${END_X}`

/** Nobody listened: the branches end in nothing, and the broker's zero is the biggest thing in the figure. */
function NobodyHeard() {
  return (
    <>
      <path
        d="M94 31C120 26 120 14 150 14H196M94 36H196M94 41C120 46 120 58 150 58H196"
        className="fig-stub"
      />
      <text x="212" y="36" className="fig-zero">
        0
      </text>
      <text x="212" y="54" className="fig-note">
        listening then
      </text>
    </>
  )
}

function Branches({ branches, traced }: { branches: readonly Branch[]; traced: boolean }) {
  return branches.map(({ label, plugged }, index) => {
    const y = branchY(index, branches.length)
    const drawn = plugged || !traced
    return (
      <g key={label}>
        <path d={curve(y)} className={drawn ? 'fig-cord' : 'fig-stub'} />
        <circle cx={END_X} cy={y} r="5" className={drawn ? 'fig-dot' : 'fig-ring'} />
        <text x={WIDTH} y={y + 4.3} textAnchor="end" className="fig-name">
          {label}
        </text>
      </g>
    )
  })
}

/** One message branching to everybody who listens now; nothing stays behind. */
export function ChannelFigure(props: ChannelFigureProps) {
  const { number, heard, traced } = props
  const branches = branchesOf(props)
  const nobody = traced ? heard === 0 : branches.length === 0
  const name = traced
    ? `Channel: ${formatNumber(number)} copied to ${heard ?? 'an unknown number of'} subscribers, nothing stored`
    : `Channel: ${props.subscribers ?? 'an unknown number of'} subscribers, nothing stored`
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={name}>
        <path d={`M${traced ? 48 : 24} 36H${RING_X}`} className="fig-cord" />
        {traced ? (
          <>
            <rect x="0" y="22" width="52" height="28" rx="4" className="fig-box on" />
            <text x="26" y="41" textAnchor="middle" className="fig-tag on">
              {formatNumber(number)}
            </text>
          </>
        ) : (
          <circle cx="20" cy="36" r="4" className="fig-dot" />
        )}
        {nobody ? <NobodyHeard /> : <Branches branches={branches} traced={traced} />}
        <circle cx={RING_X} cy="36" r="6" className="fig-hub" />
      </svg>
    </figure>
  )
}
