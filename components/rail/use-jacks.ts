'use client'

import { type RefObject, useLayoutEffect, useState } from 'react'

export interface MeasuredJack {
  name: string
  x: number
}

export interface Measured {
  width: number
  height: number
  jackTop: number
  jacks: readonly MeasuredJack[]
}

const NOTHING: Measured = { width: 0, height: 0, jackTop: 0, jacks: [] }

function measure(rail: HTMLElement, panes: HTMLElement): Measured {
  const box = rail.getBoundingClientRect()
  const found = [...panes.querySelectorAll<HTMLElement>('[data-jack]')].map((jack) => {
    const place = jack.getBoundingClientRect()
    return {
      name: jack.dataset.jack ?? '',
      x: place.left + place.width / 2 - box.left,
      top: place.top - box.top,
    }
  })
  const seen = found.filter(({ x }) => x > 0 && x < box.width)
  return {
    width: Math.round(box.width),
    height: Math.round(box.height),
    jackTop: Math.round(found[0]?.top ?? box.height),
    jacks: seen.map(({ name, x }) => ({ name, x: Math.round(x) })),
  }
}

const same = (a: Measured, b: Measured) => JSON.stringify(a) === JSON.stringify(b)

/** Where the jacks of the panes stand under the rail, measured again whenever panes move, come or go. */
export function useJacks(
  rail: RefObject<HTMLElement | null>,
  /** Null until it stands in the page. */
  panesElement: HTMLElement | null,
  /** Changes when panes come, go or change places. */
  arrangement: string,
): Measured {
  const [measured, setMeasured] = useState<Measured>(NOTHING)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new arrangement means new panes to observe
  useLayoutEffect(() => {
    const railElement = rail.current
    if (!railElement || !panesElement) return undefined
    const update = () =>
      setMeasured((before) => {
        const next = measure(railElement, panesElement)
        return same(before, next) ? before : next
      })
    update()
    const observer = new ResizeObserver(update)
    observer.observe(railElement)
    observer.observe(panesElement)
    for (const pane of panesElement.children) observer.observe(pane)
    panesElement.addEventListener('scroll', update, { passive: true })
    return () => {
      observer.disconnect()
      panesElement.removeEventListener('scroll', update)
    }
  }, [rail, panesElement, arrangement])
  return measured
}
