import { formatCount, formatNumber } from '../ui/format.ts'

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
const SLOT_WIDTH = 14.5
const HEIGHT = 42.5

function slotLook(index: number, filled: number, waiting: boolean): string {
  if (waiting && index === 0) return 'slot on'
  return index < filled ? 'slot full' : 'slot'
}

function Slots({ ready, waiting }: { ready: number; waiting: number | null }) {
  const overflow = Math.max(0, ready - SLOTS + (ready > SLOTS ? 1 : 0))
  const filled = overflow > 0 ? SLOTS - 1 : ready
  // Slots fill from the right: the next one to leave stands beside the arrow.
  return Array.from({ length: SLOTS }, (_, place) => SLOTS - 1 - place).map((index) => {
    const x = (SLOTS - 1 - index) * SLOT_PITCH + 0.75
    const isOverflow = overflow > 0 && index === SLOTS - 1
    return (
      <g key={index}>
        <rect
          x={x}
          y=".75"
          width={SLOT_WIDTH}
          height={HEIGHT}
          rx="3"
          className={slotLook(index, isOverflow ? SLOTS : filled, waiting !== null)}
        />
        {isOverflow && (
          <text x={x + SLOT_WIDTH / 2} y="26" textAnchor="middle" className="fig-in">
            +{formatCount(overflow)}
          </text>
        )}
      </g>
    )
  })
}

function TrayBox({ tray }: { tray: Tray }) {
  const isTraced = tray.kind === 'traced'
  return (
    <>
      <rect
        x="188.75"
        y=".75"
        width="90.5"
        height={HEIGHT}
        rx="4"
        className={isTraced ? 'tray on' : tray.kind === 'others' ? 'tray busy' : 'tray'}
      />
      {tray.kind !== 'empty' && (
        <text x="234" y="27" textAnchor="middle" className={isTraced ? 'fig-tag on' : 'fig-tag'}>
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

/** Slots for what is ready, and beside them the tray of what somebody holds. */
export function QueueFigure({ ready, tray, waiting }: QueueFigureProps) {
  const name = `Queue: ${readyWords(ready)}, ${tray.kind === 'traced' ? `${formatNumber(tray.number)} held by ${tray.holder}` : trayWords(tray)}`
  return (
    <figure>
      <svg viewBox="0 0 280 66" role="img" aria-label={name}>
        <Slots ready={ready ?? 0} waiting={waiting} />
        <path d="M162 22h16m-5-5 5 5-5 5" className="fig-arrow" />
        <TrayBox tray={tray} />
        <text x="0" y="62" className="fig-note">
          {readyWords(ready)}
        </text>
        <text x="280" y="62" textAnchor="end" className="fig-note">
          {trayWords(tray)}
        </text>
      </svg>
    </figure>
  )
}
