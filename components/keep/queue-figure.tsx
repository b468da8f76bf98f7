import { formatCount, formatNumber } from '../ui/format.ts'
import { Figure } from './figure.tsx'
import { overflowSlots } from './overflow-slots.ts'

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
/** Under the slots, words of one line. */
const WORDS_HEIGHT = 23.5
const ARROW_WIDTH = 28
/** The least the tray takes. */
const TRAY_WIDTH = 92
const HEIGHT = 66
const HEIGHT_MIN = 42
/** Width of a letter of the count of those that do not fit, pixels. */
const LETTER_PX = 8.5

/** Slots give way before the tray does: the tray has words in it. */
const pitchFor = (width: number) =>
  Math.max(SLOT_PITCH_MIN, Math.min(SLOT_PITCH, Math.floor((width - ARROW_WIDTH - TRAY_WIDTH) / SLOTS)))

interface SlotsProps {
  ready: number
  waiting: boolean
  pitch: number
  height: number
}

/** Slots fill from the right: the next one to leave stands beside the arrow. */
function Slots({ ready, waiting, pitch, height }: SlotsProps) {
  const merged = overflowSlots(ready, { slots: SLOTS, pitch, letterPx: LETTER_PX })
  const single = SLOTS - merged
  const lastIsOn = waiting ? Math.min(ready, single) - 1 : -1
  return (
    <>
      {merged > 0 && (
        <>
          <rect
            x="0.75"
            y=".75"
            width={merged * pitch - SLOT_GAP}
            height={height}
            rx="3"
            className={waiting ? 'slot on' : 'slot full'}
          />
          <text
            x={(merged * pitch - SLOT_GAP) / 2 + 0.75}
            y={height / 2 + 0.75}
            dominantBaseline="central"
            textAnchor="middle"
            className={waiting ? 'fig-in on' : 'fig-in'}
          >
            +{formatCount(ready - single)}
          </text>
        </>
      )}
      {Array.from({ length: single }, (_, place) => {
        const index = single - 1 - place
        const isOn = merged === 0 && index === lastIsOn
        const look = isOn ? 'slot on' : index < ready ? 'slot full' : 'slot'
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the slots are fixed places
            key={place}
            x={(merged + place) * pitch + 0.75}
            y=".75"
            width={pitch - SLOT_GAP}
            height={height}
            rx="3"
            className={look}
          />
        )
      })}
    </>
  )
}

interface TrayBoxProps {
  tray: Tray
  x: number
  width: number
  height: number
}

function TrayBox({ tray, x, width, height }: TrayBoxProps) {
  const isTraced = tray.kind === 'traced'
  const look = isTraced ? 'tray on' : tray.kind === 'others' ? 'tray busy' : 'tray'
  return (
    <>
      <rect x={x} y=".75" width={width} height={height} rx="4" className={look} />
      {tray.kind !== 'empty' && (
        <text
          x={x + width / 2}
          y={height / 2 + 0.75}
          dominantBaseline="central"
          textAnchor="middle"
          className={isTraced ? 'fig-tag on' : 'fig-tag'}
        >
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
  <Figure name={nameOf(ready, tray)} height={HEIGHT} heightMin={HEIGHT_MIN}>
    {(width, height) => {
      const slotHeight = height - WORDS_HEIGHT
      const middle = slotHeight / 2 + 0.75
      const pitch = pitchFor(width)
      const arrowX = SLOTS * pitch + 2
      const trayX = SLOTS * pitch + ARROW_WIDTH + 0.75
      return (
        <>
          <Slots ready={ready ?? 0} waiting={waiting !== null} pitch={pitch} height={slotHeight} />
          <path d={`M${arrowX} ${middle}h16m-5-5 5 5-5 5`} className="fig-arrow" />
          <TrayBox tray={tray} x={trayX} width={width - trayX - 0.75} height={slotHeight} />
          <text x="0" y={height - 4} className="fig-note">
            {readyWords(ready)}
          </text>
          <text x={width} y={height - 4} textAnchor="end" className="fig-note">
            {trayWords(tray)}
          </text>
        </>
      )
    }}
  </Figure>
)
