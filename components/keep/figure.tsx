'use client'

import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'

/** The width figures are drawn for before they are measured. */
const FIRST_GUESS_PX = 280

/** Narrower than this nothing can be drawn: the figure is hidden then, or scaled down. */
const NARROWEST_PX = 180

interface FigureProps {
  /** The whole figure in words. */
  name: string
  /** The height it is best drawn in, pixels. */
  height: number
  /** The least it can be drawn in; where even that is not to be had, it is scaled down. */
  heightMin?: number
  /** Draws for the width and height there are, one unit a pixel, so that type in it keeps its size. */
  children: (width: number, height: number) => ReactNode
}

/** A drawing that fills the keep block's width, and takes what height the lane leaves it. */
export function Figure({ name, height, heightMin = height, children }: FigureProps) {
  const box = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(FIRST_GUESS_PX)
  const [room, setRoom] = useState(height)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const update = () => {
      setWidth(Math.max(NARROWEST_PX, Math.round(element.clientWidth)))
      setRoom(element.clientHeight)
    }
    update()
    const observer = new ResizeObserver(update)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const drawn = Math.max(heightMin, Math.min(height, room))
  return (
    <figure
      className="mt-1.5 flex min-h-0 grow items-center short:mt-0.5 short:present:hidden"
      ref={box}
      style={{ flexBasis: height }}
    >
      <svg
        className="max-h-full w-full overflow-visible"
        viewBox={`0 0 ${width} ${drawn}`}
        role="img"
        aria-label={name}
      >
        {children(width, drawn)}
      </svg>
    </figure>
  )
}
