'use client'

import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'

/** The width figures are drawn for before they are measured. */
const FIRST_GUESS_PX = 280

/** Narrower than this nothing can be drawn: the figure is hidden then, or scaled down. */
const NARROWEST_PX = 180

interface FigureProps {
  /** The whole figure in words. */
  name: string
  height: number
  /** Draws for the width there is, one unit a pixel, so that type in it keeps its size. */
  children: (width: number) => ReactNode
}

/** A drawing that fills the keep block's width. */
export function Figure({ name, height, children }: FigureProps) {
  const box = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(FIRST_GUESS_PX)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const update = () => setWidth(Math.max(NARROWEST_PX, Math.round(element.clientWidth)))
    update()
    const observer = new ResizeObserver(update)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return (
    <figure ref={box}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={name}>
        {children(width)}
      </svg>
    </figure>
  )
}
