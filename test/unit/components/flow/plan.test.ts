import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Box } from '#components/flow/path.ts'
import { planFlow, type Size } from '#components/flow/plan.ts'
import { createRoutes, storedAt } from '#components/flow/routes.ts'
import { PROGRAMS, producerOf, sceneOf } from '#components/flow/scene.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { aConsumer, aLane, aScene } from './scene-maker.ts'

const isIn = (box: Box, { width, height }: Size): boolean =>
  box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height

describe('everything has its place', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 700, max: 2_560 }),
    height: fc.integer({ min: 440, max: 1_400 }),
  })

  test('at any size, whatever the numbers of consumers and partitions, nothing stands outside or on another', () => {
    const counts = fc.record({
      size: sizes,
      consumers: fc.integer({ min: 0, max: 60 }),
      partitions: fc.integer({ min: 1, max: 12 }),
    })
    fc.assert(
      fc.property(counts, ({ size, consumers, partitions }) => {
        const many = Array.from({ length: consumers }, (_, index) => aConsumer(`consumer-${index}`))
        const lanes = [
          aLane('rabbitmq', 'queue', 'queue', { consumers: many, hasDeadLetters: true }),
          aLane('redis', 'fanout', 'queues', { consumers: many.slice(0, 8) }),
          aLane('kafka', 'log', 'log', {
            consumers: many,
            partitions: Array.from({ length: partitions }, (_, i) => i),
          }),
        ]
        const plan = planFlow(aScene({ lanes }), size)
        for (const { box } of plan.producers) expect(isIn(box, size)).toBe(true)
        for (const lane of plan.lanes) {
          expect(isIn(lane.box, size)).toBe(true)
          lane.consumers.forEach(({ box }, index) => {
            expect(isIn(box, size)).toBe(true)
            const next = lane.consumers[index + 1]
            if (next) expect(next.box.y).toBeGreaterThanOrEqual(box.y + box.height)
          })
          expect(new Set(lane.consumers.flatMap(({ names }) => names)).size).toBe(lane.lane.consumers.length)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('the three bands have the same height, and a consumer stands beside its own', () => {
    const plan = planFlow(aScene(), { width: 1_600, height: 868 })
    const heights = plan.lanes.map(({ box }) => Math.round(box.height))
    expect(new Set(heights).size).toBe(1)
    for (const { box, consumers } of plan.lanes) {
      for (const { jack } of consumers) {
        expect(jack.y).toBeGreaterThan(box.y)
        expect(jack.y).toBeLessThan(box.y + box.height)
      }
    }
  })

  test('a phone has people above, the broker in the middle and its consumers below', () => {
    const { direction, producers, lanes } = planFlow(
      aScene({ lanes: [aLane('rabbitmq', 'queue', 'queue')] }),
      { width: 390, height: 560 },
    )
    expect(direction).toBe('down')
    const box = lanes[0]?.box ?? { y: 0, height: 0 }
    for (const producer of producers) expect(producer.port.y).toBeLessThan(box.y)
    for (const { jack } of lanes[0]?.consumers ?? []) expect(jack.y).toBeGreaterThan(box.y + box.height)
  })
})

describe('ways', () => {
  const routes = createRoutes(planFlow(aScene(), { width: 1_600, height: 868 }))

  test('the way in ends where the way out begins', () => {
    for (const { lane } of routes.plan.lanes) {
      const partition = lane.store === 'log' ? 1 : null
      const [inward, outward] = [
        routes.inward('ada', lane.key, partition),
        routes.outward(lane.key, 'one', partition),
      ]
      expect(inward?.at(1)).toEqual(outward?.at(0))
    }
  })

  test('the way out ends at the berth of its consumer, however many share it', () => {
    const lane = routes.plan.lanes[1]
    const berth = lane?.consumers[1]?.berth
    expect(routes.outward('redis/place', 'two', null)?.at(1)).toEqual(berth)
    expect(routes.outward('redis/place', 'nobody', null)).toBeNull()
  })

  test('a record lies in the strip of its partition', () => {
    const lane = routes.plan.lanes[2]
    if (!lane) throw new Error('no log')
    const places = [0, 1, 2].map((partition) => storedAt(lane, partition).y)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(new Set(places).size).toBe(3)
  })

  test('a path is walked at an even pace', () => {
    const path = routes.inward('ada', 'kafka/place', 2)
    const steps = Array.from({ length: 20 }, (_, index) => {
      const [a, b] = [path?.at(index / 20), path?.at((index + 1) / 20)]
      return a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0
    })
    expect(Math.max(...steps)).toBeLessThan(Math.min(...steps) * 1.2)
  })
})

describe('who wrote a message', () => {
  test('is a program where it came from outside, by the load generator, or over HTTP from nobody in the room', () => {
    const scene = aScene()
    expect(producerOf(scene, { sender: 'Ada' })).toBe('ada')
    for (const message of [
      { sender: 'Nobody' },
      { sender: 'Bea', senderColour: 3, outside: true },
      { sender: 'Ada', load: 'run' },
      {},
    ]) {
      expect(producerOf(scene, message)).toBe(PROGRAMS)
    }
  })

  const feedWith = (people: readonly string[]) => {
    const message = { sender: 'Bea', senderColour: 3, outside: false, load: null }
    const views = {
      people: people.map((name) => ({ id: name.toLowerCase(), name, colour: 1 })),
      destinations: [],
      message: () => message,
      destination: () => undefined,
    }
    const feed = { views, me: { id: 'ada' }, trace: { messageId: 'message-1' } } as unknown as Feed
    return { scene: sceneOf(feed), message }
  }

  test('is who left the room, while that message is the traced one, and never a program', () => {
    const { scene, message } = feedWith(['Ada'])
    expect(scene.producers.map(({ label, note }) => [label, note])).toEqual([
      ['Ada', 'you'],
      ['Bea', 'was here'],
      ['Programs', null],
    ])
    expect(scene.producers.find(({ id }) => id === producerOf(scene, message))?.label).toBe('Bea')
    const other = producerOf(scene, { ...message, sender: 'Cleo' })
    expect(scene.producers.map(({ id }) => id)).not.toContain(other)
  })

  test('stands once in the picture when they are here', () => {
    const { scene, message } = feedWith(['Ada', 'Bea'])
    expect(scene.producers.map(({ label }) => label)).toEqual(['Ada', 'Bea', 'Programs'])
    expect(producerOf(scene, message)).toBe('bea')
  })
})
