'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneRefs, laneTrace } from '../feed/lane-ref.ts'
import { onColoursChange, readColours } from '../ui/canvas-colours.ts'
import { formatNumber } from '../ui/format.ts'
import { useMedia } from '../ui/use-media.ts'
import type { Wearing } from './motion/choreography.ts'
import { type CanvasPen, createCanvasPen } from './motion/pen.ts'
import { createStage, type Rest, type Stage } from './motion/stage.ts'
import type { Routes } from './routes.ts'
import { type FlowScene, laneKey, PROGRAMS, producerOf } from './scene.ts'

const REDUCED = '(prefers-reduced-motion: reduce)'

/** What a message wears: its number, and who wrote it, from the event itself or from the views. */
function createWearing(feed: Feed, scene: () => FlowScene | null) {
  /** While single messages are not told apart, who wrote the last one will do. */
  let lastProducer = PROGRAMS
  return (event: RoomEvent, dense: boolean): Wearing => {
    if (!isLifeEvent(event)) return { words: '', producer: PROGRAMS }
    const known = event.number === undefined && !dense ? feed.views.message(event.messageId) : event
    const here = scene()
    if (known && here && known.number !== undefined) lastProducer = producerOf(here, known)
    return { words: formatNumber(known?.number ?? null), producer: lastProducer }
  }
}

function restsOf(feed: Feed): Rest[] {
  const { messageId } = feed.trace
  if (messageId === null) return []
  const words = formatNumber(feed.views.message(messageId)?.number ?? null)
  return laneRefs(feed).flatMap((ref) =>
    Array.from(laneTrace(feed, ref).cords.keys(), (consumer) => ({
      lane: laneKey(ref.manifest.id, ref.destination),
      consumer,
      messageId,
      words,
    })),
  )
}

/** Keeps a canvas as sharp as the screen, and its pen in the theme's colours. */
function createSurface(canvas: HTMLCanvasElement) {
  const context = canvas.getContext('2d')
  const pen: CanvasPen | null = context && createCanvasPen(context, readColours())
  return {
    pen,
    restyle: () => pen?.restyle(readColours()),
    clear: () => {
      if (!context) return
      const { clientWidth: width, clientHeight: height } = canvas
      const ratio = devicePixelRatio
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio)
        canvas.height = Math.round(height * ratio)
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0)
      context.clearRect(0, 0, width, height)
    },
  }
}

/** What the canvas says of itself, for tests and for whoever measures. */
function note(canvas: HTMLCanvasElement, feed: Feed, moving: number, dense: boolean, waiting: number): void {
  canvas.dataset.moving = String(moving)
  canvas.dataset.dense = String(dense)
  canvas.dataset.waiting = String(waiting)
  canvas.dataset.seq = String(feed.views.seq)
}

/** Gives the canvas its stage: events in, motion out. Lives as long as the component; React renders nothing per message. */
export function useStage(
  canvas: RefObject<HTMLCanvasElement | null>,
  scene: FlowScene | null,
  routes: Routes | null,
): Stage | null {
  const feed = useFeed()
  const still = useMedia(REDUCED)
  const [stage, setStage] = useState<Stage | null>(null)
  const sceneNow = useRef(scene)
  sceneNow.current = scene

  useEffect(() => {
    const element = canvas.current
    if (!element) return undefined
    const surface = createSurface(element)
    const made = createStage({
      pen: () => surface.pen,
      clear: surface.clear,
      now: () => performance.now(),
      request: (work) => {
        const handle = requestAnimationFrame(work)
        return () => cancelAnimationFrame(handle)
      },
      wearing: createWearing(feed, () => sceneNow.current),
      rests: () => restsOf(feed),
      onFrame: (...told) => note(element, feed, ...told),
    })
    const stopColours = onColoursChange(() => {
      surface.restyle()
      made.wake()
    })
    // What is read up after a loss happened long ago: it is counted, not played.
    const stopEvents = feed.onEvents((events) => {
      if (feed.connection.state === 'live' && !document.hidden) made.take(events)
      else made.learn(events)
    })
    const stopTrace = feed.subscribe(made.wake)
    setStage(made)
    return () => {
      stopColours()
      stopEvents()
      stopTrace()
      made.close()
      setStage(null)
    }
  }, [canvas, feed])

  useEffect(() => stage?.setStill(still), [stage, still])
  useEffect(() => {
    if (routes) stage?.setRoutes(routes)
  }, [stage, routes])
  return stage
}
