import { describe, expect, test } from 'vitest'
import type { CanvasPen } from '#components/flow/motion/pen.ts'
import { createStage, type Rest } from '#components/flow/motion/stage.ts'
import type { Point } from '#components/flow/path.ts'
import { planFlow } from '#components/flow/plan.ts'
import { createRoutes } from '#components/flow/routes.ts'
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
const routes = createRoutes(planFlow(aScene(), { width: 1_600, height: 868 }))
const berth = routes.consumer('rabbitmq/place', 'one')?.berth

interface Drawn {
  words: string
  at: Point
  bad: boolean
}

/** A stage with a hand on its clock, and a pen that notes what it is asked to draw. */
function aStage(rests: () => readonly Rest[] = () => []) {
  let now = 0
  let due: (() => void) | null = null
  let drawn: Drawn[] = []
  const streams: number[] = []
  const told = { moving: 0, dense: false, waiting: 0 }
  const pen: CanvasPen = {
    pill: (at, words, look) => void drawn.push({ words, at, bad: look.kind === 'bad' }),
    dot: () => undefined,
    stream: (_, perSecond) => void streams.push(perSecond),
    restyle: () => undefined,
  }
  const stage = createStage({
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
    wearing: (event) => ({ words: isLifeEvent(event) ? event.messageId : '', producer: 'ada' }),
    rests,
    onFrame: (moving, dense, waiting) => Object.assign(told, { moving, dense, waiting }),
  })
  stage.setRoutes(routes)
  return {
    stage,
    told,
    streams,
    get drawn() {
      return drawn
    },
    get asleep() {
      return due === null
    },
    take: (...drafts: Draft[]) => stage.take(numbered(drafts)),
    /** Lets the world's time pass, frame by frame, as long as the stage wants frames. */
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

describe('the one loop', () => {
  test('runs while something moves and stops itself', () => {
    const at = aStage()
    at.take(sent, got)
    at.pass(400)
    expect(at.asleep).toBe(false)
    at.pass(2_000)
    expect(at.told.moving).toBe(0)
    expect(at.asleep).toBe(true)
  })

  test('a message is in one place at a time: it goes out only once it has gone in', () => {
    const at = aStage()
    at.take(got, sent)
    at.pass(600)
    expect(at.drawn.map(({ words }) => words)).toEqual(['a'])
    at.pass(700)
    expect(at.drawn).toHaveLength(1)
    at.pass(180)
    expect(at.drawn[0]?.at.x).toBeCloseTo(berth?.x ?? 0, -1)
  })

  test('given back it flies back before it goes to the next one', () => {
    const at = aStage()
    at.take(
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

describe('the drawing has its own time', () => {
  test('slow stretches an edge twentyfold', () => {
    const at = aStage()
    at.stage.setSpeed(1 / 20)
    at.take(sent)
    at.pass(13_000)
    expect(at.told.moving).toBe(1)
    at.pass(1_500)
    expect(at.told.moving).toBe(0)
  })

  test('paused it stands still and keeps what comes; a step plays one event, going on plays the rest', () => {
    const at = aStage()
    at.pass(100)
    at.stage.setRunning(false)
    at.take(sent, published(PLACE, 'b', content(2)), published(PLACE, 'c', content(3)))
    at.pass(1_000)
    expect(at.told).toMatchObject({ moving: 0, waiting: 3 })
    at.stage.step()
    at.pass(300)
    expect(at.told).toMatchObject({ moving: 1, waiting: 2 })
    at.pass(1_000)
    expect(at.told.moving).toBe(0)
    at.stage.setRunning(true)
    at.pass(60)
    expect(at.told).toMatchObject({ moving: 2, waiting: 0 })
  })
})

describe('density', () => {
  test('above what an eye follows there are streams instead of dots, and dots again when it is calm', () => {
    const at = aStage()
    const many = Array.from({ length: 300 }, (_, index) => published(PLACE, `m${index}`, content(index)))
    at.take(...many)
    at.pass(FRAME_MS)
    expect(at.told.dense).toBe(true)
    expect(at.told.moving).toBeLessThanOrEqual(200)
    expect(Math.max(...at.streams)).toBe(300)
    at.pass(3_000)
    expect(at.told).toMatchObject({ dense: false, moving: 0 })
    expect(at.asleep).toBe(true)
  })
})

describe('where motion is not wanted', () => {
  test('nothing travels, and what is traced lies at its destination', () => {
    const rest = { lane: 'rabbitmq/place', consumer: 'one', messageId: 'a', words: '#1' }
    const at = aStage(() => [rest])
    at.stage.setStill(true)
    at.take(sent, got)
    at.pass(100)
    expect(at.drawn).toEqual([{ words: '#1', at: berth, bad: false }])
    expect(at.asleep).toBe(true)
  })

  test('otherwise it lies there once it has arrived', () => {
    const rest = { lane: 'rabbitmq/place', consumer: 'one', messageId: 'a', words: '#1' }
    const at = aStage(() => [rest])
    at.take(sent, got)
    at.pass(1_000)
    expect(at.drawn.map(({ words }) => words)).toEqual(['a'])
    at.pass(1_000)
    at.stage.wake()
    at.pass(FRAME_MS)
    expect(at.drawn.map(({ words }) => words)).toEqual(['#1'])
  })
})
