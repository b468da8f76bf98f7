'use client'

import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { isConnected } from '#lib/protocol/connected.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import {
  heldTrace,
  isEmptyPlace,
  type LaneRef,
  lanePlaces,
  laneTrace,
  laneWords,
  receiversOf,
} from '../feed/lane-ref.ts'
import { placeScoreWords } from '../feed/place-score.ts'
import { useBroker, useConnectionLost, useLaneNumbers } from '../feed/use-lane.ts'
import { EmptyLane } from '../lane/empty-lane.tsx'
import { LaneTabs } from '../lane/lane-tabs.tsx'
import { flowName } from '../words/flow.ts'
import { type Sentence, sentence } from '../words/sentence.ts'
import { heldVerdictWords, nothingWords, verdictWords } from '../words/verdicts.ts'
import { Consumers } from './consumers.tsx'
import { Cords } from './cords.tsx'
import { FlowBar } from './flow-bar.tsx'
import { boxStyle } from './geometry.ts'
import { LaneDrawing } from './lane-drawing.tsx'
import { LaneLabels } from './lane-labels.tsx'
import { type FlowLayout, type LaneLayout, layOutFlow, NARROW_PX, type Size } from './layout.ts'
import { Producers } from './producers.tsx'
import { createRoutes, type Routes } from './routes.ts'
import { type FlowScene, producerOf, sceneOf, sceneSignature } from './scene.ts'
import { ShowArrived, useShownTrace } from './shown-trace.tsx'
import { useAnimationLoop } from './use-animation-loop.ts'

/** How many people are drawn individually on a narrow screen. */
const PEOPLE_NARROW = 2

function useSize(box: RefObject<HTMLElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const update = () =>
      setSize((before) => {
        const { clientWidth: width, clientHeight: height } = element
        return before?.width === width && before.height === height ? before : { width, height }
      })
    update()
    const observer = new ResizeObserver(update)
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return size
}

/** The producer of the traced message; null while nothing is traced. */
function tracedProducer(feed: Feed, scene: FlowScene): string | null {
  const message = feed.trace.messageId === null ? undefined : feed.views.message(feed.trace.messageId)
  return message ? producerOf(scene, message) : null
}

function laneVerdict(feed: Feed, ref: LaneRef, number: number | null): Sentence {
  const { verdict } = laneTrace(feed, ref)
  if (verdict.kind === 'none') return sentence('', nothingWords(feed.views.numbered))
  return verdictWords(verdict, laneWords(ref), number)
}

/** The accessible name of the drawing: every lane's verdict. */
function nameOf(feed: Feed): string {
  const { messageId } = feed.trace
  const number = messageId === null ? null : (feed.views.message(messageId)?.number ?? null)
  return flowName(
    lanePlaces(feed).map((ref) => {
      if (isEmptyPlace(ref)) return { label: ref.manifest.label, verdict: placeScoreWords(feed, ref) }
      const consumers = feed.views.destination(ref.manifest.id, ref.destination)?.consumers ?? []
      const verdict = heldTrace(feed, ref)
        ? heldVerdictWords(number, receiversOf(consumers).length)
        : laneVerdict(feed, ref, number)
      return { label: `${ref.manifest.label} ${ref.destination}`, verdict }
    }),
  )
}

interface LaneProps {
  scene: FlowScene
  layout: FlowLayout
  routes: Routes
  lane: LaneLayout
}

function useLane({ lane }: LaneProps) {
  const { ref } = lane.lane
  const view = useLaneNumbers(ref)
  const trace = useShownTrace(ref)
  const feed = useFeed()
  const status = useBroker(ref.manifest.id)
  const broken = useConnectionLost()
  return {
    view,
    feed,
    trace,
    live: status !== undefined && isConnected(status) && !broken,
  }
}

function CordsAndDrawing(props: LaneProps) {
  const { view, feed, trace } = useLane(props)
  // Its way in is lit while its pill is on it.
  const isSentHere = laneTrace(feed, props.lane.lane.ref).receipt !== null
  const producer = isSentHere ? tracedProducer(feed, props.scene) : null
  return (
    <>
      <Cords {...props} trace={trace} producer={producer} />
      <LaneDrawing lane={props.lane} view={view} trace={trace} />
    </>
  )
}

function LabelsAndConsumers(props: LaneProps) {
  const { view, trace, live } = useLane(props)
  const { layout, lane, routes } = props
  return (
    <>
      <LaneLabels layout={layout} lane={lane} routes={routes} view={view} live={live} />
      <Consumers layout={layout} lane={lane} trace={trace} live={live} />
    </>
  )
}

function Picture({ scene, layout, routes }: Omit<LaneProps, 'lane'>) {
  const traced = useSlice((feed) => tracedProducer(feed, scene))
  return (
    <>
      <svg
        className="absolute inset-0 z-1 size-full"
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        aria-hidden="true"
      >
        {layout.lanes.map((lane) => (
          <CordsAndDrawing key={lane.lane.key} scene={scene} layout={layout} routes={routes} lane={lane} />
        ))}
      </svg>
      <Producers scene={scene} layout={layout} traced={traced} />
      {layout.lanes.map((lane) => (
        <LabelsAndConsumers key={lane.lane.key} scene={scene} layout={layout} routes={routes} lane={lane} />
      ))}
    </>
  )
}

/** Outside the picture: what can be pressed is no part of an image. */
const EmptyPlaces = ({ layout }: { layout: FlowLayout }) =>
  layout.empty.map(({ system, box }) => {
    const manifest = manifestOf(system)
    return (
      manifest && (
        <div key={system} className="absolute z-3 grid" style={boxStyle(box)}>
          <EmptyLane manifest={manifest} shown />
        </div>
      )
    )
  })
/** The ids of consumers that have the traced message and would share a box with others. */
const foldedReceivers = (feed: Feed, layout: FlowLayout | null): string =>
  (layout?.lanes ?? [])
    .flatMap(({ lane, consumers }) => {
      const folded = consumers.filter(({ consumer }) => consumer === null).flatMap(({ names }) => names)
      const { cords } = folded.length === 0 ? { cords: null } : laneTrace(feed, lane.ref)
      return lane.consumers.filter(({ name }) => folded.includes(name) && cords?.has(name))
    })
    .map(({ id }) => id)
    .join(ID_SEPARATOR)
/** No consumer's id holds it. */
const ID_SEPARATOR = '\n'

/** The paths of the picture. Whoever got the traced message has a box, however many consumers there are. */
function useRoutes(scene: FlowScene, size: Size | null): Routes | null {
  const plain = useMemo(() => (size ? layOutFlow(scene, size) : null), [scene, size])
  const folded = useSlice((feed) => foldedReceivers(feed, plain))
  return useMemo(() => {
    if (!plain || !size) return null
    return createRoutes(folded === '' ? plain : layOutFlow(scene, size, new Set(folded.split(ID_SEPARATOR))))
  }, [plain, folded, scene, size])
}

interface FlowProps {
  /** The page's only field to write to all brokers. */
  field?: RefObject<HTMLTextAreaElement | null>
}

/** The live topology: producers, the parts of each broker, consumers, and every message that moves between them. */
export function Flow({ field }: FlowProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(box)
  const feed = useFeed()
  const signature = useSlice(sceneSignature, 'calm')
  const name = useSlice(nameOf)
  const places = lanePlaces(feed)
  const [shown, setShown] = useState(places[0]?.manifest.id)
  const narrow = size !== null && size.width < NARROW_PX
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature changes with the scene
  const scene = useMemo(() => {
    const whole = sceneOf(feed, narrow ? PEOPLE_NARROW : undefined)
    if (!narrow) return whole
    return {
      ...whole,
      lanes: whole.lanes.filter(({ ref }) => ref.manifest.id === shown),
      empty: whole.empty.filter(({ system }) => system === shown),
    }
  }, [feed, signature, narrow, shown])
  const routes = useRoutes(scene, size)
  const loop = useAnimationLoop(canvas, scene, routes)
  return (
    <main className="flex min-h-0 flex-1 flex-col max-700:[&>nav]:flex" id="view-flow">
      <LaneTabs places={places} shown={shown} onShow={setShown} />
      <ShowArrived loop={loop}>
        <div className="relative min-h-110 flex-1 overflow-hidden max-700:min-h-120">
          <div className="absolute inset-0" ref={box} role="img" aria-label={name}>
            {routes && <Picture scene={scene} layout={routes.layout} routes={routes} />}
            <canvas className="pointer-events-none absolute inset-0 z-3 size-full" ref={canvas} />
          </div>
          {routes && <EmptyPlaces layout={routes.layout} />}
        </div>
        <FlowBar loop={loop} field={field} />
      </ShowArrived>
    </main>
  )
}
