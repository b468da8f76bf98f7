import { describe, expect, test } from 'vitest'
import type { Point } from '#components/flow/geometry.ts'
import { layOutFlow } from '#components/flow/layout.ts'
import { AnimationLoop } from '#components/flow/motion/animation-loop.ts'
import type { CanvasPen } from '#components/flow/motion/pen.ts'
import type { ArrivedMessage } from '#components/flow/motion/traffic.ts'
import { createRoutes } from '#components/flow/routes.ts'
import { shownTrace } from '#components/flow/shown-trace.tsx'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryView } from '#lib/ledger/model/views.ts'
import { isLifeEvent } from '#lib/protocol/events.ts'
import {
  content,
  type Draft,
  delivered,
  numbered,
  published,
  settled,
} from '#test/unit/ledger/event-maker.ts'
import { aScene } from './scene-maker.ts'

const PLACE = { system: 'rabbitmq', destination: 'place' }
const FRAME_MS = 20
const routes = createRoutes(layOutFlow(aScene(), { width: 1_600, height: 868 }))
const restPoint = routes.consumer('rabbitmq/place', 'one')?.restPoint

interface Drawn {
  text: string
  at: Point
  bad: boolean
}

/** An animation loop with a manual clock and a pen that records what it is asked to draw. */
function createTestLoop(arrived: () => readonly ArrivedMessage[] = () => []) {
  let now = 0
  let due: (() => void) | null = null
  let drawn: Drawn[] = []
  const streams: number[] = []
  const reported = { moving: 0, dense: false, waiting: 0 }
  const pen: CanvasPen = {
    pill: (at, text, look) => void drawn.push({ text, at, bad: look.kind === 'bad' }),
    dot: () => undefined,
    stream: (_, perSecond) => void streams.push(perSecond),
    restyle: () => undefined,
  }
  const loop = new AnimationLoop({
    pen: () => pen,
    clear: () => {
      drawn = []
    },
    now: () => now,
    request: (work) => {
      due = work
      return () => {
        due = null
      }
    },
    label: (event) => ({ text: isLifeEvent(event) ? event.messageId : '', producer: 'ada' }),
    arrived,
    onFrame: (moving, dense, waiting) => Object.assign(reported, { moving, dense, waiting }),
  })
  loop.setRoutes(routes)
  return {
    loop,
    reported,
    streams,
    get drawn() {
      return drawn
    },
    get idle() {
      return due === null
    },
    play: (...drafts: Draft[]) => loop.play(numbered(drafts)),
    /** Advances the clock frame by frame and runs each frame that was requested. */
    pass: (ms: number) => {
      for (let left = ms; left > 0; left -= FRAME_MS) {
        now += FRAME_MS
        const work = due
        due = null
        work?.()
      }
    },
  }
}

const sent = published(PLACE, 'a', content(1))
const got = delivered(PLACE, 'a', 'one', 1)

describe('the animation loop', () => {
  test('requests frames while something moves, and none afterwards', () => {
    const at = createTestLoop()
    at.play(sent, got)
    at.pass(400)
    expect(at.idle).toBe(false)
    at.pass(2_000)
    expect(at.reported.moving).toBe(0)
    expect(at.idle).toBe(true)
  })

  test('delivers a message only after its publish has arrived', () => {
    const at = createTestLoop()
    at.play(got, sent)
    at.pass(600)
    expect(at.drawn.map(({ text }) => text)).toEqual(['a'])
    at.pass(700)
    expect(at.drawn).toHaveLength(1)
    at.pass(180)
    expect(at.drawn[0]?.at.x).toBeCloseTo(restPoint?.x ?? 0, -1)
  })

  test('draws a requeue before the delivery to the next consumer', () => {
    const at = createTestLoop()
    at.play(
      sent,
      got,
      settled('requeued', PLACE, 'a', 'one', 1),
      delivered(PLACE, 'a', 'two', 1, { redelivered: true }),
    )
    at.pass(1_760)
    expect(at.drawn.map(({ bad }) => bad)).toEqual([true])
    at.pass(700)
    expect(at.drawn.map(({ bad }) => bad)).toEqual([false])
  })
})

describe('the motion clock', () => {
  test('at a twentieth of the speed makes an edge take twenty times as long', () => {
    const at = createTestLoop()
    at.loop.setSpeed(1 / 20)
    at.play(sent)
    at.pass(13_000)
    expect(at.reported.moving).toBe(1)
    at.pass(1_500)
    expect(at.reported.moving).toBe(0)
  })

  test('paused, queues events; a step plays one of them, resuming plays the rest', () => {
    const at = createTestLoop()
    at.pass(100)
    at.loop.setRunning(false)
    at.play(sent, published(PLACE, 'b', content(2)), published(PLACE, 'c', content(3)))
    at.pass(1_000)
    expect(at.reported).toMatchObject({ moving: 0, waiting: 3 })
    at.loop.step()
    at.pass(300)
    expect(at.reported).toMatchObject({ moving: 1, waiting: 2 })
    at.pass(1_000)
    expect(at.reported.moving).toBe(0)
    at.loop.setRunning(true)
    at.pass(60)
    expect(at.reported).toMatchObject({ moving: 2, waiting: 0 })
  })
})

describe('what the picture does not show yet', () => {
  const STORE = ''
  const unseen = ({ loop }: ReturnType<typeof createTestLoop>, consumer: string) =>
    loop.unseen.has('rabbitmq/place', 'a', consumer)

  test('is a message at the broker and at a consumer until its pill has arrived there', () => {
    const at = createTestLoop()
    let arrivals = 0
    at.loop.unseen.onArrived(() => {
      arrivals += 1
    })
    at.play(sent, got)
    expect([unseen(at, STORE), unseen(at, 'one'), unseen(at, 'two')]).toEqual([true, true, false])
    expect(at.loop.unseen.count('rabbitmq/place', 'one')).toBe(1)
    at.pass(800)
    expect([unseen(at, STORE), unseen(at, 'one'), arrivals]).toEqual([false, true, 1])
    at.pass(800)
    expect([unseen(at, 'one'), arrivals]).toEqual([false, 2])
  })

  test('takes twenty times as long at a twentieth of the speed, and lasts as long as the picture is paused', () => {
    const slow = createTestLoop()
    slow.loop.setSpeed(1 / 20)
    slow.play(sent, got)
    slow.pass(20_000)
    expect(unseen(slow, 'one')).toBe(true)
    slow.pass(10_000)
    expect(unseen(slow, 'one')).toBe(false)
    const rest = { lane: 'rabbitmq/place', consumer: 'one', messageId: 'a', text: '#1' }
    const paused = createTestLoop(() => [rest])
    paused.pass(100)
    paused.loop.setRunning(false)
    paused.play(sent, got)
    paused.pass(5_000)
    expect([unseen(paused, 'one'), paused.drawn]).toEqual([true, []])
    paused.loop.setRunning(true)
    paused.pass(3_000)
    expect(unseen(paused, 'one')).toBe(false)
  })

  test('is nothing with reduced motion, and nothing that was on its way when the layout changes', () => {
    const reduced = createTestLoop()
    reduced.loop.setReducedMotion(true)
    reduced.play(sent, got)
    expect(unseen(reduced, 'one')).toBe(false)
    const changed = createTestLoop()
    changed.play(sent, got)
    changed.loop.setRoutes(routes)
    expect(unseen(changed, 'one')).toBe(false)
  })

  test('hides the cord and the score, and only of those whose pill is on its way', () => {
    const at = createTestLoop()
    at.play(sent, got)
    const cord = {} as DeliveryView
    const trace = {
      verdict: { kind: 'got', number: 1 },
      receipt: { state: 'outside' },
      ghosts: new Map([['three', { why: 'other-consumer', consumer: 'one' }]]),
      cords: new Map([
        ['one', cord],
        ['two', cord],
      ]),
    } as unknown as TraceView
    const shown = () => shownTrace(trace, at.loop.unseen, 'rabbitmq/place', 'a')
    expect(shown()).toMatchObject({ verdict: { kind: 'waiting', number: 1 }, receipt: null })
    expect([...shown().cords.keys()]).toEqual(['two'])
    expect(shown().ghosts.size).toBe(0)
    at.pass(3_000)
    expect(shown()).toBe(trace)
  })
})

describe('many messages', () => {
  test('are drawn as streams instead of dots, and as dots again once there are few', () => {
    const at = createTestLoop()
    const many = Array.from({ length: 300 }, (_, index) => published(PLACE, `m${index}`, content(index)))
    at.play(...many)
    at.pass(FRAME_MS)
    expect(at.reported.dense).toBe(true)
    expect(at.reported.moving).toBeLessThanOrEqual(200)
    expect(Math.max(...at.streams)).toBe(300)
    at.pass(3_000)
    expect(at.reported).toMatchObject({ dense: false, moving: 0 })
    expect(at.idle).toBe(true)
  })
})

describe('the pill of the traced message', () => {
  test('is drawn at its destination at once with reduced motion, and nothing travels', () => {
    const rest = { lane: 'rabbitmq/place', consumer: 'one', messageId: 'a', text: '#1' }
    const at = createTestLoop(() => [rest])
    at.loop.setReducedMotion(true)
    at.play(sent, got)
    at.pass(100)
    expect(at.drawn).toEqual([{ text: '#1', at: restPoint, bad: false }])
    expect(at.idle).toBe(true)
  })

  test('is otherwise drawn there once it has arrived', () => {
    const rest = { lane: 'rabbitmq/place', consumer: 'one', messageId: 'a', text: '#1' }
    const at = createTestLoop(() => [rest])
    at.play(sent, got)
    at.pass(1_000)
    expect(at.drawn.map(({ text }) => text)).toEqual(['a'])
    at.pass(1_000)
    at.loop.wake()
    at.pass(FRAME_MS)
    expect(at.drawn.map(({ text }) => text)).toEqual(['#1'])
  })
})
