'use client'

import { useEffect, useState } from 'react'

/** What can be pointed out: a lane's verdict, where one writes to it or adds a consumer, a consumer, or one of its buttons. */
export type Target =
  | { part: 'verdict'; system: string }
  | { part: 'send'; system: string }
  | { part: 'add'; system: string }
  | { part: 'consumer' | 'crash' | 'pause'; system: string; consumer: string }

/** A frame around a target, in the window's pixels. */
export interface Frame {
  number: number
  /** Otherwise one has to scroll to it. */
  isInWindow: boolean
  top: number
  left: number
  width: number
  height: number
  /** Its number stands within, where its neighbours are close. */
  numberInside: boolean
}

/** Where a target may stand, and whether the line runs around it or, where its neighbours touch it, inside its edge. */
interface Place {
  selector: string
  isCell?: boolean
  /** At its lower right there is room for a number. */
  hasRoom?: boolean
}

/** Views draw the same thing in different ways: the first of these that is in the window is pointed out. */
function placesOf(target: Target): Place[] {
  const lane = `[data-system="${target.system}"]`
  /** On a phone, where one lane is seen at a time. */
  const tab = { selector: `nav button${lane}`, isCell: true, hasRoom: true }
  if (target.part === 'verdict') {
    return [
      { selector: `section${lane} [data-part="verdict"]` },
      { selector: `td${lane} [data-part="verdict"]` },
      { selector: `[data-part="flow-bar"] li${lane}` },
      { selector: `[aria-label="Who got it"] li${lane}`, isCell: true },
      { selector: `[data-traced="true"] li${lane}` },
      tab,
      { selector: `[aria-label="Rows"] li${lane}`, isCell: true },
    ]
  }
  if (target.part === 'send') {
    return [
      { selector: `section${lane} button[type="submit"]` },
      { selector: `section${lane} [data-part="broker"]` },
      tab,
    ]
  }
  if (target.part === 'add') {
    return [
      { selector: `section${lane} [data-part="actions"] button` },
      { selector: `section${lane} [data-part="broker"]` },
      tab,
    ]
  }
  const named = `[data-consumer="${CSS.escape(target.consumer)}"]`
  const pane = `article${lane}${named}`
  if (target.part !== 'consumer') {
    return [{ selector: `${pane} [data-control="${target.part}"]`, isCell: true }]
  }
  return [
    { selector: `${pane} > header`, isCell: true },
    { selector: `${lane} [data-state]${named}` },
    { selector: `:is(th, li)${lane}${named}`, isCell: true },
    tab,
  ]
}

const isInWindow = ({ top, right, bottom, left }: DOMRect): boolean =>
  bottom > 0 && top < innerHeight && right > 0 && left < innerWidth

/** Room between what is pointed out and the line around it, pixels: less above and below, where text has room of its own. */
const AROUND_PX = { x: 7, y: 3 }
const INSIDE_PX = { x: -2, y: -2 }
/** A line at the window's edge stays in sight. */
const EDGE_PX = 2

/** The places of a target that the view has, those in the window first. */
function foundAt(target: Target) {
  const found = placesOf(target).flatMap(({ selector, isCell = false, hasRoom = false }) => {
    const element = document.querySelector(selector)
    const box = element?.getBoundingClientRect()
    return element && box && box.width > 0 ? [{ element, box, isCell, hasRoom, isSeen: isInWindow(box) }] : []
  })
  return found.find(({ isSeen }) => isSeen) ?? found[0]
}

function frameOf(target: Target, number: number): Frame[] {
  const found = foundAt(target)
  if (!found) return []
  const { box, isCell, hasRoom, isSeen } = found
  const { x, y } = isCell ? INSIDE_PX : AROUND_PX
  const left = Math.max(EDGE_PX, box.left - x)
  const right = Math.min(innerWidth - EDGE_PX, box.right + x)
  const height = box.height + 2 * y
  return [
    {
      number,
      isInWindow: isSeen,
      top: box.top - y,
      left,
      width: right - left,
      height,
      numberInside: hasRoom,
    },
  ]
}

/** Brings a target into the window, where the view has it. */
export const scrollTo = (target: Target): void =>
  foundAt(target)?.element.scrollIntoView({ block: 'nearest', inline: 'nearest' })

/** Panes come and go beside what is pointed out, which no observer of the thing itself reports. */
const LOOK_AGAIN_MS = 200

/** A numbered frame for each of the targets, counted from 1, that the view has. */
export function useFrames(targets: readonly Target[]): readonly Frame[] {
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

/** Numbered frames over the page. They take no click. */
export const Pointers = ({ frames }: { frames: readonly Frame[] }) =>
  frames
    .filter((frame) => frame.isInWindow)
    .map(({ number, top, left, width, height, numberInside }) => (
      <span
        key={number}
        className="pointer-events-none fixed z-10 rounded-2 border-2 border-ink"
        style={{ top, left, width, height }}
        data-pointer={number}
        aria-hidden="true"
      >
        <span
          className={`${DISC} absolute bg-ink text-ink-inv ${numberInside ? 'right-1 bottom-1' : '-top-3.5 -right-2.5'}`}
        >
          {number}
        </span>
      </span>
    ))
