'use client'

import { useEffect, useState } from 'react'

/** What can be pointed out: a lane's verdict, a consumer, or one of a consumer's buttons. */
export type Target =
  | { part: 'verdict'; system: string }
  | { part: 'consumer' | 'crash' | 'pause'; system: string; consumer: string }

/** A frame around a target, in the window's pixels. */
interface Frame {
  number: number
  top: number
  left: number
  width: number
  height: number
}

/** A view draws the same thing in its own way: the first that is there and seen is pointed out. */
function selectorsFor(target: Target): string[] {
  const lane = `[data-system="${target.system}"]`
  if (target.part === 'verdict') {
    return [`section${lane} [data-part="verdict"]`, `td${lane} [data-part="verdict"]`]
  }
  const pane = `article${lane}[data-consumer="${CSS.escape(target.consumer)}"]`
  if (target.part === 'consumer') {
    return [`${pane} > header`, `${lane} [data-state][data-consumer="${CSS.escape(target.consumer)}"]`]
  }
  return [`${pane} [data-control="${target.part}"]`]
}

const elementOf = (target: Target): Element | undefined =>
  selectorsFor(target)
    .map((selector) => document.querySelector(selector))
    .find((element) => element !== null && element.getClientRects().length > 0) ?? undefined

/** Room between what is pointed out and the line around it, pixels. */
const MARGIN_PX = 5

function frameOf(target: Target, number: number): Frame[] {
  const box = elementOf(target)?.getBoundingClientRect()
  if (!box || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return []
  return [
    {
      number,
      top: box.top - MARGIN_PX,
      left: box.left - MARGIN_PX,
      width: box.width + 2 * MARGIN_PX,
      height: box.height + 2 * MARGIN_PX,
    },
  ]
}

/** Panes come and go beside what is pointed out, which no observer of the thing itself reports. */
const LOOK_AGAIN_MS = 200

function useFrames(targets: readonly Target[]): readonly Frame[] {
  const key = JSON.stringify(targets)
  const [frames, setFrames] = useState('[]')
  useEffect(() => {
    const pointed = JSON.parse(key) as readonly Target[]
    const look = () =>
      setFrames(JSON.stringify(pointed.flatMap((target, index) => frameOf(target, index + 1))))
    look()
    const timer = setInterval(look, LOOK_AGAIN_MS)
    addEventListener('scroll', look, { capture: true, passive: true })
    addEventListener('resize', look)
    return () => {
      clearInterval(timer)
      removeEventListener('scroll', look, { capture: true })
      removeEventListener('resize', look)
    }
  }, [key])
  return JSON.parse(frames) as readonly Frame[]
}

const DISC = 'inline-grid size-5 place-items-center rounded-full font-strong text-[12px]/none'

/** A pointer's number, as it stands in the words about what it points at. */
export const PointerNumber = ({ number, inverse = false }: { number: number; inverse?: boolean }) => (
  <span className={`${DISC} ${inverse ? 'bg-on-action text-action' : 'bg-ink text-ink-inv'}`}>{number}</span>
)

/** Numbered frames over the page, in the order of the targets, counted from 1. They take no click. */
export function Pointers({ targets }: { targets: readonly Target[] }) {
  const frames = useFrames(targets)
  return frames.map(({ number, top, left, width, height }) => (
    <span
      key={number}
      className="pointer-events-none fixed z-10 rounded-2 border-2 border-ink"
      style={{ top, left, width, height }}
      data-pointer={number}
      aria-hidden="true"
    >
      <span className={`${DISC} absolute -top-2.5 -right-2 bg-ink text-ink-inv`}>{number}</span>
    </span>
  ))
}
