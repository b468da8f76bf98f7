'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { laneRefs, laneTrace } from '../feed/lane-ref.ts'
import { onColoursChange, readColours } from '../ui/canvas-colours.ts'
import { formatNumber } from '../ui/format.ts'
import { useMedia } from '../ui/use-media.ts'
import { AnimationLoop } from './motion/animation-loop.ts'
import type { MoveLabel } from './motion/move-animations.ts'
import { type CanvasPen, createCanvasPen } from './motion/pen.ts'
import type { ArrivedMessage } from './motion/traffic.ts'
import type { Routes } from './routes.ts'
import { type FlowScene, laneKey, PROGRAMS, producerOf } from './scene.ts'

const REDUCED_MOTION = '(prefers-reduced-motion: reduce)'

/** Labels a message with its number and its producer, from the event itself or from the views. */
function createLabeller(feed: Feed, scene: () => FlowScene | null) {
  /** Stands in for the producer while messages pass too fast to look each one up. */
  let lastProducer = PROGRAMS
  return (event: RoomEvent, dense: boolean): MoveLabel => {
    if (!isLifeEvent(event)) return { text: '', producer: PROGRAMS }
    const known = event.number === undefined && !dense ? feed.views.message(event.messageId) : event
    const current = scene()
    if (known && current && known.number !== undefined) lastProducer = producerOf(current, known)
    return { text: formatNumber(known?.number ?? null), producer: lastProducer }
  }
}

/** The traced message at each consumer that has it. */
function arrivedMessages(feed: Feed): ArrivedMessage[] {
  const { messageId } = feed.trace
  if (messageId === null) return []
  const text = formatNumber(feed.views.message(messageId)?.number ?? null)
  return laneRefs(feed).flatMap((ref) =>
    Array.from(laneTrace(feed, ref).cords.keys(), (consumer) => ({
      lane: laneKey(ref.manifest.id, ref.destination),
      consumer,
      messageId,
      text,
    })),
  )
}

/** Keeps the canvas at the screen's resolution and its pen in the theme's colours. */
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

/** Writes the state of the drawing to data attributes, for tests and measurements. */
function publishState(
  canvas: HTMLCanvasElement,
  feed: Feed,
  moving: number,
  dense: boolean,
  waiting: number,
) {
  canvas.dataset.moving = String(moving)
  canvas.dataset.dense = String(dense)
  canvas.dataset.waiting = String(waiting)
  canvas.dataset.seq = String(feed.views.seq)
}

function createCanvasLoop(element: HTMLCanvasElement, feed: Feed, scene: () => FlowScene | null) {
  const surface = createSurface(element)
  const loop = new AnimationLoop({
    pen: () => surface.pen,
    clear: surface.clear,
    now: () => performance.now(),
    request: (work) => {
      const handle = requestAnimationFrame(work)
      return () => cancelAnimationFrame(handle)
    },
    label: createLabeller(feed, scene),
    arrived: () => arrivedMessages(feed),
    onFrame: (moving, dense, waiting) => publishState(element, feed, moving, dense, waiting),
  })
  const unsubscribes = [
    onColoursChange(() => {
      surface.restyle()
      loop.wake()
    }),
    // Events read after a loss of the connection happened long ago: they are counted, not played.
    feed.onEvents((events) => {
      if (feed.connection.state === 'live' && !document.hidden) loop.play(events)
      else loop.remember(events)
    }),
    feed.subscribe(() => loop.wake()),
  ]
  return {
    loop,
    close: () => {
      for (const unsubscribe of unsubscribes) unsubscribe()
      loop.close()
    },
  }
}

/** Animates the events of the feed on the canvas while the component lives. React renders nothing per message. */
export function useAnimationLoop(
  canvas: RefObject<HTMLCanvasElement | null>,
  scene: FlowScene | null,
  routes: Routes | null,
): AnimationLoop | null {
  const feed = useFeed()
  const reducedMotion = useMedia(REDUCED_MOTION)
  const [loop, setLoop] = useState<AnimationLoop | null>(null)
  const currentScene = useRef(scene)
  currentScene.current = scene

  useEffect(() => {
    if (!canvas.current) return undefined
    const made = createCanvasLoop(canvas.current, feed, () => currentScene.current)
    setLoop(made.loop)
    return () => {
      made.close()
      setLoop(null)
    }
  }, [canvas, feed])

  useEffect(() => loop?.setReducedMotion(reducedMotion), [loop, reducedMotion])
  useEffect(() => {
    if (routes) loop?.setRoutes(routes)
  }, [loop, routes])
  return loop
}
