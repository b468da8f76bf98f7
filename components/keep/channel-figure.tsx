import { shorten } from '#lib/util/cut-text.ts'
import { formatCount, formatNumber } from '../ui/format.ts'
import { Figure } from './figure.tsx'

interface ChannelFigureProps {
  /** The traced message's number; null when none passed here. */
  number: number | null
  /** What the broker said: how many heard it; null while it has not said. */
  heard: number | null
  /** Who listens now, in the broker's count: also who crashed and was not noticed yet. */
  subscribers: number | null
  /** Programs outside among them; null where the broker does not say. */
  outside: number | null
  /** Our subscribers that listen now, and whether the traced message reached each. */
  names: ReadonlyArray<{ name: string; plugged: boolean }>
  traced: boolean
}

/** Branches drawn; more are counted on the last one. */
const BRANCHES = 3
const HEIGHT = 72
const HEIGHT_MIN = 46
/** Room for the subscribers' names at the right, and the letters of the largest type that fit there. */
const NAMES_WIDTH = 116
const NAME_CHARS = 13
/** From the first and the last branch to the figure's edge, where it is as high as it is best drawn. */
const FIRST_Y = 14
const FIRST_Y_MIN = 6

interface Branch {
  label: string
  plugged: boolean
}

function branchesOf({ names, subscribers, outside }: ChannelFigureProps): Branch[] {
  const branches = names.map(({ name, plugged }): Branch => ({ label: name, plugged }))
  const others = outside ?? Math.max(0, (subscribers ?? 0) - names.length)
  if (others > 0) branches.push({ label: `${formatCount(others)} outside`, plugged: false })
  if (branches.length <= BRANCHES) return branches
  const rest = branches.slice(BRANCHES - 1)
  return [
    ...branches.slice(0, BRANCHES - 1),
    { label: `${formatCount(rest.length)} more`, plugged: rest.some(({ plugged }) => plugged) },
  ]
}

/** Where the first branch ends: the lower the figure, the nearer to its edge. */
const firstY = (height: number): number => Math.max(FIRST_Y_MIN, FIRST_Y - Math.max(0, (HEIGHT - height) / 2))

function branchY(index: number, count: number, height: number): number {
  if (count === 1) return height / 2
  const first = firstY(height)
  return first + (index * (height - 2 * first)) / (count - 1)
}

interface Places {
  width: number
  height: number
  /** Where the message comes in. */
  middle: number
  /** Middle of the ring where the message is copied. */
  ring: number
  /** Where the branches end. */
  end: number
}

const placesFor = (width: number, height: number): Places => ({
  width,
  height,
  middle: height / 2,
  ring: Math.round(width * 0.3),
  end: width - NAMES_WIDTH,
})

function curve({ ring, end, middle }: Places, y: number): string {
  const from = ring + 6
  const third = (end - from) / 3
  return `M${from} ${middle}C${from + 1.4 * third} ${middle} ${from + third} ${y} ${from + 2.2 * third} ${y}H${end}`
}

/** Nobody listened: the branches end in nothing, and the broker's zero is the biggest thing in the figure. */
function NobodyHeard({ places }: { places: Places }) {
  const paths = [0, 1, 2].map((index) => branchY(index, 3, places.height)).map((y) => curve(places, y))
  return (
    <>
      <path d={paths.join('')} className="fig-stub" />
      <text x={places.end + 16} y={places.middle} className="fig-zero">
        0
      </text>
      <text x={places.end + 16} y={places.middle + 18} className="fig-note">
        listening then
      </text>
    </>
  )
}

interface BranchesProps {
  branches: readonly Branch[]
  traced: boolean
  places: Places
}

function Branches({ branches, traced, places }: BranchesProps) {
  return branches.map(({ label, plugged }, index) => {
    const y = branchY(index, branches.length, places.height)
    const drawn = plugged || !traced
    return (
      <g key={label}>
        <path d={curve(places, y)} className={drawn ? 'fig-cord' : 'fig-stub'} />
        <circle cx={places.end} cy={y} r="5" className={drawn ? 'fig-dot' : 'fig-ring'} />
        <text x={places.width} y={y + 4.3} textAnchor="end" className="fig-name">
          {shorten(label, NAME_CHARS)}
          {label.length > NAME_CHARS && <title>{label}</title>}
        </text>
      </g>
    )
  })
}

const TracedBox = ({ number, middle }: { number: number | null; middle: number }) => (
  <>
    <rect x="0" y={middle - 14} width="52" height="28" rx="4" className="fig-box on" />
    <text x="26" y={middle + 5} textAnchor="middle" className="fig-tag on">
      {formatNumber(number)}
    </text>
  </>
)

/** One message branching to everybody who listens now; nothing stays behind. */
export function ChannelFigure(props: ChannelFigureProps) {
  const { number, heard, traced, names } = props
  const branches = branchesOf(props)
  const nobody = traced ? heard === 0 : branches.length === 0
  const name = traced
    ? `Channel: ${formatNumber(number)} copied to ${heard ?? names.filter(({ plugged }) => plugged).length} listeners`
    : `Channel: ${props.subscribers ?? 'an unknown number of'} listeners`
  return (
    <Figure name={name} height={HEIGHT} heightMin={HEIGHT_MIN}>
      {(width, height) => {
        const places = placesFor(width, height)
        const { middle, ring } = places
        return (
          <>
            <path d={`M${traced ? 48 : 24} ${middle}H${ring}`} className="fig-cord" />
            {traced ? (
              <TracedBox number={number} middle={middle} />
            ) : (
              <circle cx="20" cy={middle} r="4" className="fig-dot" />
            )}
            {nobody ? (
              <NobodyHeard places={places} />
            ) : (
              <Branches branches={branches} traced={traced} places={places} />
            )}
            <circle cx={ring} cy={middle} r="6" className="fig-hub" />
          </>
        )
      }}
    </Figure>
  )
}
