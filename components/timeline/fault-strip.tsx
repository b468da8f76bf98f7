'use client'

import { type RefObject, useRef } from 'react'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import { hueStyle, type Variables } from '../ui/look.ts'
import { useOneStop } from '../ui/roving.ts'
import type { Chart } from './chart.ts'
import type { FaultEntry } from './faults.ts'
import type { Frame } from './frame.ts'
import { endOf, startOf } from './window.ts'

/** One line of the strip. */
export const STRIP_LINE_PX = 24

/** At least so much is shown around a fault, milliseconds: its effects come after it. */
const SHOWN_MIN_MS = 5_000

/** The systems that have a line in the strip, in the order of the lanes: those with a fault. */
export const stripLines = (faults: readonly FaultEntry[]): readonly string[] =>
  catalog.map(({ id }) => id).filter((id) => faults.some(({ manifest }) => manifest.id === id))

/** Moves the strip's bars with the window: they are placed by times since the first fault. */
export function moveStrip(strip: HTMLElement, { window, now }: Frame, width: number): void {
  if (strip.childElementCount === 0) return
  const base = Number(strip.dataset.base)
  strip.style.setProperty('--start', String(startOf(window, now) - base))
  strip.style.setProperty('--now', String(now - base))
  strip.style.setProperty('--px', `${width / window.length}px`)
}

function barStyle({ span, manifest }: FaultEntry, base: number, line: number): Variables {
  const until = span.until === null ? 'var(--now)' : String(span.until - base)
  return {
    ...hueStyle(manifest),
    '--from': String(span.from - base),
    '--until': until,
    top: line * STRIP_LINE_PX + 1,
    left: 'calc((var(--from) - var(--start)) * var(--px))',
    width: `max(22px, calc((${until} - var(--from)) * var(--px)))`,
  }
}

const isInSight = ({ span }: FaultEntry, { window, now }: Frame): boolean =>
  span.from <= endOf(window, now) && (span.until ?? now) >= startOf(window, now)

/** Stands before the strip, in the column of the rows' names. */
export const FaultNames = ({ faults, headPx }: { faults: readonly FaultEntry[]; headPx: number }) => (
  <div
    className="sticky top-0 z-3 flex flex-col justify-end bg-surface pr-3 pl-3 fs-xs text-ink-2 max-700:px-1.5"
    style={{ height: headPx }}
    aria-hidden="true"
  >
    {stripLines(faults).map((id) => (
      <span key={id} className="overflow-hidden text-ellipsis whitespace-nowrap leading-6">
        Faults: {manifestOf(id)?.label}
      </span>
    ))}
  </div>
)

interface StripProps {
  chart: Chart | null
  faults: readonly FaultEntry[]
  strip: RefObject<HTMLUListElement | null>
  /** Somebody points at one or has gone to it, or at none any more. */
  onLook(isLooking: boolean): void
}

/**
 * The faults that somebody made, over all rows and always in sight: also those of lanes that are not shown or scrolled away.
 * Each is a button: pointing at it or going to it says its cause and effects, pressing it shows its whole time.
 */
export function FaultStrip({ chart, faults, strip, onLook }: StripProps) {
  const box = useRef<HTMLDivElement>(null)
  useOneStop(box)
  const lines = stripLines(faults)
  const base = faults[0]?.span.from ?? 0
  const show = ({ span }: FaultEntry) => {
    const until = span.until ?? chart?.frame.now ?? span.from
    chart?.select(span.event, Math.max(until, span.from + SHOWN_MIN_MS))
  }
  const point = (fault: FaultEntry) => {
    chart?.select(fault.span.event)
    onLook(true)
  }
  const leave = () => {
    chart?.point(null)
    onLook(false)
  }
  const focus = (fault: FaultEntry) => {
    if (chart && isInSight(fault, chart.frame)) point(fault)
    else show(fault)
    onLook(true)
  }
  return (
    <div ref={box} className="contents">
      <ul
        ref={strip}
        data-base={base}
        aria-label="Faults"
        className="relative overflow-clip [overflow-clip-margin:4px]"
        style={{ height: lines.length * STRIP_LINE_PX }}
      >
        {faults.map((fault) => {
          const { span, manifest, words } = fault
          return (
            <li key={`${span.event.epoch} ${span.event.seq}`}>
              <button
                type="button"
                className="absolute flex h-5.5 min-w-0 items-center gap-1 overflow-hidden whitespace-nowrap rounded-1 border border-bad-line bg-bad-tint px-0.5 text-left fs-xs text-ink"
                style={barStyle(fault, base, lines.indexOf(manifest.id))}
                onPointerEnter={() => point(fault)}
                onPointerLeave={leave}
                onFocus={() => focus(fault)}
                onBlur={leave}
                onClick={() => show(fault)}
              >
                <svg className="size-4 flex-none fill-bad" viewBox="0 0 16 16" aria-hidden="true">
                  <path d="M10 1 4 9h3l-1 6 6-8H9z" />
                </svg>
                <span className="min-w-0 overflow-hidden text-ellipsis">{words}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
