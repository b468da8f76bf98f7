'use client'

import { type RefObject, useEffect, useRef } from 'react'
import { onKey } from '../ui/on-key.ts'
import type { Chart } from './chart.ts'
import type { Mark } from './marks.ts'

/** An arrow key moves the window by this share of its width. */
const PAN_SHARE = 0.1

interface KeyActions {
  pin(): void
  /** Shows the traced message's whole life. */
  fitTraced(): void
}

type OnKey = (chart: Chart, width: number, actions: KeyActions) => void
const closer: OnKey = (chart) => chart.zoomStep(-1)

const ON_KEY = {
  ArrowLeft: (chart, width) => chart.pan(-width * PAN_SHARE),
  ArrowRight: (chart, width) => chart.pan(width * PAN_SHARE),
  '+': closer,
  // The same key without Shift, on many keyboards.
  '=': closer,
  '-': (chart) => chart.zoomStep(1),
  ' ': (chart) => chart.setRunning(!chart.state.following),
  ',': (chart) => chart.step(-1),
  '.': (chart) => chart.step(1),
  f: (_chart, _width, { fitTraced }) => fitTraced(),
  Enter: (_chart, _width, { pin }) => pin(),
} satisfies Record<string, OnKey>
export type ChartKey = keyof typeof ON_KEY

/** Handles a key while the chart has the focus; returns whether the chart knows that key. */
export function onChartKey(key: string, chart: Chart, width: number, actions: KeyActions): boolean {
  const act: OnKey | undefined = onKey(ON_KEY, key)
  act?.(chart, width, actions)
  return act !== undefined
}

/** One notch of a wheel zooms by about a fifth. */
const ZOOM_PER_PIXEL = 0.002
/** A press that moves no further, in pixels, is a click. */
const CLICK_PX = 4

interface Drag {
  x: number
  moved: number
}

/** The wheel zooms at the pointer, dragging pans, hovering selects a mark, a click pins its message. */
export function usePointer(
  canvas: RefObject<HTMLCanvasElement | null>,
  chart: Chart | null,
  onPin: (mark: Mark | null) => void,
): void {
  const pin = useRef(onPin)
  pin.current = onPin
  useEffect(() => {
    const element = canvas.current
    if (!element || !chart) return undefined
    let drag: Drag | null = null
    const position = (event: PointerEvent) => ({ x: event.offsetX, y: event.offsetY })
    const ending = new AbortController()
    const { signal } = ending
    const on = <K extends keyof HTMLElementEventMap>(
      kind: K,
      listener: (event: HTMLElementEventMap[K]) => void,
      options: AddEventListenerOptions = {},
    ) => element.addEventListener(kind, listener, { signal, ...options })
    on(
      'wheel',
      (event) => {
        event.preventDefault()
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
          chart.pan(event.deltaX || event.deltaY)
        } else chart.zoom(Math.exp(event.deltaY * ZOOM_PER_PIXEL), event.offsetX)
      },
      { passive: false },
    )
    on('pointerdown', (event) => {
      if (event.button !== 0) return
      drag = { x: event.clientX, moved: 0 }
      element.setPointerCapture(event.pointerId)
    })
    on('pointermove', (event) => {
      if (!drag) {
        chart.point(position(event))
        return
      }
      const dx = event.clientX - drag.x
      drag = { x: event.clientX, moved: drag.moved + Math.abs(dx) }
      if (drag.moved > CLICK_PX) chart.pan(-dx)
    })
    on('pointerup', (event) => {
      if (drag && drag.moved <= CLICK_PX) pin.current(chart.point(position(event)))
      drag = null
    })
    on('pointercancel', () => {
      drag = null
    })
    on('pointerleave', () => {
      if (!drag) chart.point(null)
    })
    return () => ending.abort()
  }, [canvas, chart])
}
