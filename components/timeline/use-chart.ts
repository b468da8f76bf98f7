'use client'

import { type RefObject, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { type Colours, onColoursChange, readColours } from '../ui/canvas-colours.ts'
import { useMedia } from '../ui/use-media.ts'
import { createAxis } from './axis.ts'
import { type Chart, type ChartState, createChart, type Frame } from './chart.ts'
import { createTimelineDrawing } from './draw.ts'
import type { GlyphColours } from './glyphs.ts'
import type { RowPlaces } from './rows.ts'
import { START } from './window.ts'

const REDUCED = '(prefers-reduced-motion: reduce)'
export const AT_FIRST: ChartState = {
  following: true,
  span: START.span,
  newer: 0,
  selected: null,
  dropped: 0,
}

/** The server's clock as seen from here: its newest event was never told before it happened. In a recording, its own. */
function createServerClock(feed: Feed) {
  let ahead: number | null = null
  return {
    learn: (events: readonly RoomEvent[]) => {
      const at = events.at(-1)?.at
      if (at !== undefined) ahead = Math.max(ahead ?? Number.NEGATIVE_INFINITY, at - Date.now())
    },
    now: () => (feed.recorded ? feed.views.lastAt : Date.now() + (ahead ?? 0)),
  }
}

/** Row colours for as long as rows and theme stay the same. */
function createRowColours() {
  let known: { places: RowPlaces; colours: Colours; row: GlyphColours[] } | null = null
  return (places: RowPlaces, colours: Colours): readonly GlyphColours[] => {
    if (known?.places !== places || known.colours !== colours) {
      const { surface, good, bad, ink } = colours
      const row = places.rows.map(({ ref }) => ({
        hue: colours.hue(ref.manifest.look.hue),
        surface,
        good,
        bad,
        ink,
      }))
      known = { places, colours, row }
    }
    return known.row
  }
}

const placeOf = ({ views }: Feed): string => `${views.epoch} ${views.seq}`

function createPainter(canvas: HTMLCanvasElement, axis: HTMLElement, feed: Feed) {
  const context = canvas.getContext('2d')
  const ruler = createAxis(axis)
  const rowColours = createRowColours()
  const drawTimeline = createTimelineDrawing()
  let colours = readColours()
  const fit = (width: number, height: number) => {
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
      fit(width, height)
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
      const rows = rowColours(frame.places, colours)
      drawTimeline({ ...frame, width, colours, rowColours: rows, traced: feed.trace.messageId }, context)
      ruler.draw(frame.window, frame.now, width)
      canvas.dataset.seq = String(feed.views.seq)
      canvas.dataset.taken = String(frame.log.taken)
    },
  }
}

/** Gives the canvas its chart. React renders when the toolbar has something new to say, never per message. */
export function useChart(
  canvas: RefObject<HTMLCanvasElement | null>,
  axis: RefObject<HTMLElement | null>,
  places: RowPlaces,
): { chart: Chart | null; state: ChartState } {
  const feed = useFeed()
  const still = useMedia(REDUCED)
  const [chart, setChart] = useState<Chart | null>(null)
  const [state, setState] = useState<ChartState>(AT_FIRST)

  useEffect(() => {
    const element = canvas.current
    if (!element || !axis.current) return undefined
    const clock = createServerClock(feed)
    const painter = createPainter(element, axis.current, feed)
    const made = createChart(
      {
        draw: painter.draw,
        width: () => element.clientWidth,
        now: clock.now,
        request: (work) => {
          const handle = requestAnimationFrame(work)
          return () => cancelAnimationFrame(handle)
        },
        onState: setState,
      },
      feed.views.recent(),
    )
    let told = placeOf(feed)
    const stops = [
      onColoursChange(() => {
        painter.restyle()
        made.wake()
      }),
      feed.onEvents((events) => {
        if (feed.connection.state === 'live') clock.learn(events)
        made.take(events)
        told = placeOf(feed)
      }),
      feed.subscribe(() => {
        // A jump in a recording is told as nothing that happened: what the window shows is then another past.
        if (feed.recorded && placeOf(feed) !== told) made.restart(feed.views.recent())
        told = placeOf(feed)
        made.wake()
      }),
      made.close,
    ]
    const observer = new ResizeObserver(made.wake)
    observer.observe(element)
    setChart(made)
    setState(made.state)
    return () => {
      observer.disconnect()
      for (const stop of stops) stop()
      setChart(null)
    }
  }, [canvas, axis, feed])

  useEffect(() => chart?.setStill(still), [chart, still])
  useEffect(() => chart?.setPlaces(places), [chart, places])
  return { chart, state }
}
