'use client'

import { type RefObject, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { type Colours, onColoursChange, readColours } from '../ui/canvas-colours.ts'
import { useMedia } from '../ui/use-media.ts'
import { createAxis } from './axis.ts'
import { type Chart, type ChartState, createChart } from './chart.ts'
import { createTimelineDrawing } from './draw.ts'
import { moveStrip } from './fault-strip.tsx'
import type { Frame } from './frame.ts'
import type { GlyphColours } from './glyphs.ts'
import type { RowLayout } from './rows.ts'
import { tracedRows } from './traced.ts'
import { START } from './window.ts'

const REDUCED_MOTION = '(prefers-reduced-motion: reduce)'
const INITIAL: ChartState = {
  following: true,
  length: START.length,
  newer: 0,
  selected: null,
  dropped: 0,
}

/** Returns the same row colours as long as rows and theme stay the same. */
function createRowColours() {
  let known: { layout: RowLayout; colours: Colours; row: GlyphColours[] } | null = null
  return (layout: RowLayout, colours: Colours): readonly GlyphColours[] => {
    if (known?.layout !== layout || known.colours !== colours) {
      const { surface, good, bad, ink } = colours
      const row = layout.rows.map(({ ref }) => ({
        hue: colours.hue(ref.manifest.look.hue),
        surface,
        good,
        bad,
        ink,
      }))
      known = { layout, colours, row }
    }
    return known.row
  }
}

/** Which events the views have applied. */
const positionOf = ({ views }: Feed): string => `${views.epoch} ${views.seq}`

interface Elements {
  canvas: HTMLCanvasElement
  axis: HTMLElement
  /** What holds the bars of faults; it moves with the window. */
  strip: HTMLElement
}

function createPainter({ canvas, axis, strip }: Elements, feed: Feed) {
  const context = canvas.getContext('2d')
  const ruler = createAxis(axis)
  const rowColours = createRowColours()
  const drawTimeline = createTimelineDrawing()
  let colours = readColours()
  const resize = (width: number, height: number) => {
    const ratio = devicePixelRatio
    if (canvas.width === Math.round(width * ratio) && canvas.height === Math.round(height * ratio)) return
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
  }
  return {
    restyle: () => {
      colours = readColours()
    },
    draw: (frame: Frame) => {
      const { clientWidth: width, clientHeight: height } = canvas
      if (!context || width === 0) return
      resize(width, height)
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
      const rows = rowColours(frame.layout, colours)
      const traced = { traced: feed.trace.messageId, tracedRows: tracedRows(feed) }
      drawTimeline({ ...frame, width, colours, rowColours: rows, ...traced }, context)
      ruler.draw(frame.window, frame.now, width)
      moveStrip(strip, frame, width)
      canvas.dataset.seq = String(feed.views.seq)
      canvas.dataset.taken = String(frame.log.taken)
    },
  }
}

/** A chart that draws on the canvas and follows the feed until it is closed. */
function createCanvasChart(elements: Elements, feed: Feed, onState: (state: ChartState) => void) {
  const { canvas: element } = elements
  const painter = createPainter(elements, feed)
  const chart = createChart(
    {
      draw: painter.draw,
      width: () => element.clientWidth,
      now: feed.now,
      request: (work) => {
        const handle = requestAnimationFrame(work)
        return () => cancelAnimationFrame(handle)
      },
      onState,
    },
    feed.views.recent(),
  )
  let position = positionOf(feed)
  const unsubscribes = [
    onColoursChange(() => {
      painter.restyle()
      chart.wake()
    }),
    feed.onEvents((events) => {
      chart.take(events)
      position = positionOf(feed)
    }),
    feed.subscribe(() => {
      // A jump in a recording comes without events, so the chart starts anew from the views.
      if (feed.recorded && positionOf(feed) !== position) chart.restart(feed.views.recent())
      position = positionOf(feed)
      chart.wake()
    }),
  ]
  const observer = new ResizeObserver(chart.wake)
  observer.observe(element)
  return {
    chart,
    close: () => {
      observer.disconnect()
      for (const unsubscribe of unsubscribes) unsubscribe()
      chart.close()
    },
  }
}

/** Draws a chart on the canvas. React renders when the toolbar changes, never per message. */
export function useChart({ canvas, axis, strip }: { [K in keyof Elements]: RefObject<Elements[K] | null> }): {
  chart: Chart | null
  state: ChartState
} {
  const feed = useFeed()
  const reducedMotion = useMedia(REDUCED_MOTION)
  const [chart, setChart] = useState<Chart | null>(null)
  const [state, setState] = useState<ChartState>(INITIAL)

  useEffect(() => {
    if (!canvas.current || !axis.current || !strip.current) return undefined
    const elements = { canvas: canvas.current, axis: axis.current, strip: strip.current }
    const made = createCanvasChart(elements, feed, setState)
    setChart(made.chart)
    setState(made.chart.state)
    return () => {
      made.close()
      setChart(null)
    }
  }, [canvas, axis, strip, feed])

  useEffect(() => chart?.setReducedMotion(reducedMotion), [chart, reducedMotion])
  return { chart, state }
}
