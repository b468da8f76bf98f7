import { formatCount, formatNumber } from '../ui/format.ts'
import { Figure } from './figure.tsx'

/** What is out of the queue and not settled. */
export type Tray =
  | { kind: 'empty' }
  | { kind: 'traced'; number: number | null; holder: string }
  | { kind: 'others'; count: number }

interface QueueFigureProps {
  /** Null: the broker does not say. */
  ready: number | null
  tray: Tray
  /** The traced message's number while it waits in the queue. */
  waiting: number | null
}

/** Slots drawn; the last one counts what does not fit. */
const SLOTS = 8
const SLOT_PITCH = 20
const SLOT_PITCH_MIN = 14
const SLOT_GAP = 5.5
const SLOT_HEIGHT = 42.5
const ARROW_WIDTH = 28
/** The least the tray takes. */
const TRAY_WIDTH = 92
const HEIGHT = 66

/** Slots give way before the tray does: the tray has words in it. */
const pitchFor = (width: number) =>
  Math.max(SLOT_PITCH_MIN, Math.min(SLOT_PITCH, Math.floor((width - ARROW_WIDTH - TRAY_WIDTH) / SLOTS)))

interface SlotsProps {
  ready: number
  waiting: boolean
  pitch: number
}

/** Slots fill from the right: the next one to leave stands beside the arrow. */
function Slots({ ready, waiting, pitch }: SlotsProps) {
  const overflow = ready > SLOTS ? ready - SLOTS + 1 : 0
  return Array.from({ length: SLOTS }, (_, place) => {
    const index = SLOTS - 1 - place
    const x = place * pitch + 0.75
    const isOverflow = overflow > 0 && index === SLOTS - 1
    const look =
      waiting && index === Math.min(ready, SLOTS) - 1 ? 'slot on' : index < ready ? 'slot full' : 'slot'
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the slots are fixed places
      <g key={place}>
        <rect x={x} y=".75" width={pitch - SLOT_GAP} height={SLOT_HEIGHT} rx="3" className={look} />
        {isOverflow && (
          <text
            className={waiting ? 'fig-in on' : 'fig-in'}
            textAnchor="middle"
            transform={`translate(${x + (pitch - SLOT_GAP) / 2 + 4} 22) rotate(-90)`}
          >
            +{formatCount(overflow)}
          </text>
        )}
      </g>
    )
  })
}

function TrayBox({ tray, x, width }: { tray: Tray; x: number; width: number }) {
  const isTraced = tray.kind === 'traced'
  const look = isTraced ? 'tray on' : tray.kind === 'others' ? 'tray busy' : 'tray'
  return (
    <>
      <rect x={x} y=".75" width={width} height={SLOT_HEIGHT} rx="4" className={look} />
      {tray.kind !== 'empty' && (
        <text x={x + width / 2} y="27" textAnchor="middle" className={isTraced ? 'fig-tag on' : 'fig-tag'}>
          {tray.kind === 'traced' ? formatNumber(tray.number) : `${formatCount(tray.count)} out`}
        </text>
      )}
    </>
  )
}

const trayWords = (tray: Tray): string => {
  if (tray.kind === 'traced') return `${tray.holder} holds it`
  return tray.kind === 'others' ? 'in hand, not acked' : 'nothing in hand'
}

const readyWords = (ready: number | null): string => {
  if (ready === null) return 'Not known'
  return ready === 0 ? 'Nothing waiting' : `${formatCount(ready)} waiting`
}

const nameOf = (ready: number | null, tray: Tray): string => {
  const held =
    tray.kind === 'traced' ? `${formatNumber(tray.number)} held by ${tray.holder}` : trayWords(tray)
  return `Queue: ${readyWords(ready)}, ${held}`
}

/** Slots for what is ready, and beside them the tray of what somebody holds. */
export const QueueFigure = ({ ready, tray, waiting }: QueueFigureProps) => (
  <Figure name={nameOf(ready, tray)} height={HEIGHT}>
    {(width) => {
      const pitch = pitchFor(width)
      const arrowX = SLOTS * pitch + 2
      const trayX = SLOTS * pitch + ARROW_WIDTH + 0.75
      return (
        <>
          <Slots ready={ready ?? 0} waiting={waiting !== null} pitch={pitch} />
          <path d={`M${arrowX} 22h16m-5-5 5 5-5 5`} className="fig-arrow" />
          <TrayBox tray={tray} x={trayX} width={width - trayX - 0.75} />
          <text x="0" y="62" className="fig-note">
            {readyWords(ready)}
          </text>
          <text x={width} y="62" textAnchor="end" className="fig-note">
            {trayWords(tray)}
          </text>
        </>
      )
    }}
  </Figure>
)
