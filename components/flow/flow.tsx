'use client'

import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, laneRefs, laneTrace, laneTraceSignature, laneWords } from '../feed/lane-ref.ts'
import { useBroker, useConnectionLost, useLaneNumbers } from '../feed/use-lane.ts'
import { LaneTabs } from '../lane/lane-tabs.tsx'
import { statusWord } from '../words/brokers.ts'
import { flowName } from '../words/flow.ts'
import { heldVerdictWords, verdictWords } from '../words/verdicts.ts'
import { Consumers } from './consumers.tsx'
import { Cords } from './cords.tsx'
import { Deck } from './deck.tsx'
import { LaneStill } from './lane-still.tsx'
import { LaneWords } from './lane-words.tsx'
import { type FlowPlan, type LanePlan, NARROW_PX, planFlow, type Size } from './plan.ts'
import { Producers } from './producers.tsx'
import { createRoutes, type Routes } from './routes.ts'
import { type FlowScene, producerOf, sceneOf, sceneSignature } from './scene.ts'
import { useStage } from './use-stage.ts'

/** People drawn each for themselves where there is little room. */
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

/** Who wrote the traced message; null while nothing is traced. */
function tracedProducer(feed: Feed, scene: FlowScene): string | null {
  const message = feed.trace.messageId === null ? undefined : feed.views.message(feed.trace.messageId)
  return message ? producerOf(scene, message) : null
}

function nameOf(feed: Feed): string {
  const { messageId } = feed.trace
  const number = messageId === null ? null : (feed.views.message(messageId)?.number ?? null)
  return flowName(
    laneRefs(feed).map((ref) => {
      const words = laneWords(feed, ref)
      const verdict = heldTrace(feed, ref)
        ? heldVerdictWords(number, words.consumers)
        : verdictWords(laneTrace(feed, ref).verdict, words, number)
      return { label: `${ref.manifest.label} ${ref.destination}`, verdict }
    }),
  )
}

interface LaneProps {
  scene: FlowScene
  plan: FlowPlan
  routes: Routes
  lane: LanePlan
}

function useLane({ lane }: LaneProps) {
  const { ref } = lane.lane
  const view = useLaneNumbers(ref)
  useSlice((feed) => laneTraceSignature(feed, ref))
  const feed = useFeed()
  const status = useBroker(ref.manifest.id)
  const broken = useConnectionLost()
  return { view, feed, trace: laneTrace(feed, ref), live: statusWord(status) === 'up' && !broken }
}

function LaneDrawing(props: LaneProps) {
  const { view, feed, trace } = useLane(props)
  const producer = trace.receipt === null ? null : tracedProducer(feed, props.scene)
  return (
    <>
      <Cords {...props} trace={trace} producer={producer} />
      <LaneStill lane={props.lane} view={view} trace={trace} />
    </>
  )
}

function LaneWordsAndConsumers(props: LaneProps) {
  const { view, trace, live } = useLane(props)
  const { plan, lane, routes } = props
  return (
    <>
      <LaneWords plan={plan} lane={lane} routes={routes} view={view} live={live} />
      <Consumers plan={plan} lane={lane} plugged={trace.cords} live={live} />
    </>
  )
}

function Picture({ scene, plan, routes }: Omit<LaneProps, 'lane'>) {
  const traced = useSlice((feed) => tracedProducer(feed, scene))
  return (
    <>
      <svg viewBox={`0 0 ${plan.width} ${plan.height}`} aria-hidden="true">
        {plan.lanes.map((lane) => (
          <LaneDrawing key={lane.lane.key} scene={scene} plan={plan} routes={routes} lane={lane} />
        ))}
      </svg>
      <Producers scene={scene} plan={plan} traced={traced} />
      {plan.lanes.map((lane) => (
        <LaneWordsAndConsumers key={lane.lane.key} scene={scene} plan={plan} routes={routes} lane={lane} />
      ))}
    </>
  )
}

interface FlowProps {
  /** The page's one field to write to all in. */
  field?: RefObject<HTMLInputElement | null>
}

/** The live topology: who writes, what each broker is made of, who receives, and every message on its way. */
export function Flow({ field }: FlowProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(box)
  const feed = useFeed()
  const signature = useSlice(sceneSignature, 'calm')
  const name = useSlice(nameOf)
  const lanes = laneRefs(feed)
  const [shown, setShown] = useState(lanes[0]?.manifest.id)
  const narrow = size !== null && size.width < NARROW_PX
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says when the scene is another one
  const scene = useMemo(() => {
    const whole = sceneOf(feed, narrow ? PEOPLE_NARROW : undefined)
    return narrow ? { ...whole, lanes: whole.lanes.filter(({ ref }) => ref.manifest.id === shown) } : whole
  }, [feed, signature, narrow, shown])
  const routes = useMemo(() => (size ? createRoutes(planFlow(scene, size)) : null), [scene, size])
  const stage = useStage(canvas, scene, routes)
  return (
    <main className="flow" id="view-flow">
      <LaneTabs lanes={lanes} shown={shown} onShow={setShown} />
      <div className="flow-stage" ref={box} role="img" aria-label={name}>
        {routes && <Picture scene={scene} plan={routes.plan} routes={routes} />}
        <canvas ref={canvas} />
      </div>
      <Deck stage={stage} field={field} />
    </main>
  )
}
