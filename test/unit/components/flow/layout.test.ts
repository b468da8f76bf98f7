import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Box } from '#components/flow/geometry.ts'
import { layOutFlow, type Size } from '#components/flow/layout.ts'
import { createRoutes, storedAt } from '#components/flow/routes.ts'
import { PROGRAMS, producerOf, sceneOf } from '#components/flow/scene.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { aConsumer, aLane, aScene } from './scene-maker.ts'

const isIn = (box: Box, { width, height }: Size): boolean =>
  box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height

describe('the layout of the Flow', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 700, max: 2_560 }),
    height: fc.integer({ min: 440, max: 1_400 }),
  })

  test('keeps every box inside the drawing and off the others, at any size and with any number of consumers and partitions', () => {
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
        const layout = layOutFlow(aScene({ lanes }), size)
        for (const { box } of layout.producers) expect(isIn(box, size)).toBe(true)
        for (const lane of layout.lanes) {
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

  test('gives a consumer that is to be shown a box of its own, whatever its place, and moves nobody else’s order', () => {
    const consumers = Array.from({ length: 30 }, (_, index) => aConsumer(`consumer-${index}`))
    const lanes = [aLane('kafka', 'log', 'log', { consumers })]
    const namesIn = (shown?: ReadonlySet<string>) =>
      (layOutFlow(aScene({ lanes }), { width: 1_600, height: 440 }, shown).lanes[0]?.consumers ?? []).map(
        ({ consumer }) => consumer?.name ?? 'others',
      )
    const before = namesIn()
    expect(before).not.toContain('consumer-25')
    const after = namesIn(new Set(['consumer-25']))
    expect(after).toEqual([...before.slice(0, -2), 'consumer-25', 'others'])
  })

  test('gives the three lanes the same height and puts each consumer beside its own lane', () => {
    const layout = layOutFlow(aScene(), { width: 1_600, height: 868 })
    const heights = layout.lanes.map(({ box }) => Math.round(box.height))
    expect(new Set(heights).size).toBe(1)
    for (const { box, consumers } of layout.lanes) {
      for (const { jack } of consumers) {
        expect(jack.y).toBeGreaterThan(box.y)
        expect(jack.y).toBeLessThan(box.y + box.height)
      }
    }
  })

  test('leaves the place of a lane that is empty, so that the others stay where they are', () => {
    const size = { width: 1_600, height: 868 }
    const whole = layOutFlow(aScene(), size).lanes.map(({ box }) => box)
    const lanes = [aLane('rabbitmq', 'queue', 'queue'), aLane('kafka', 'log', 'log')]
    const layout = layOutFlow(aScene({ lanes, empty: [{ system: 'redis', position: 1 }] }), size)
    expect(layout.lanes.map(({ box }) => box)).toEqual([whole[0], whole[2]])
    expect(layout.empty).toEqual([{ system: 'redis', box: whole[1] }])
  })

  test('on a phone puts people above, the broker in the middle and its consumers below', () => {
    const { direction, producers, lanes } = layOutFlow(
      aScene({ lanes: [aLane('rabbitmq', 'queue', 'queue')] }),
      { width: 390, height: 560 },
    )
    expect(direction).toBe('down')
    const box = lanes[0]?.box ?? { y: 0, height: 0 }
    for (const producer of producers) expect(producer.port.y).toBeLessThan(box.y)
    for (const { jack } of lanes[0]?.consumers ?? []) expect(jack.y).toBeGreaterThan(box.y + box.height)
  })
})

describe('the paths of messages', () => {
  const routes = createRoutes(layOutFlow(aScene(), { width: 1_600, height: 868 }))

  test('lead into the store where they lead out of it', () => {
    for (const { lane } of routes.layout.lanes) {
      const partition = lane.store === 'log' ? 1 : null
      const [inward, outward] = [
        routes.inward('ada', lane.key, partition),
        routes.outward(lane.key, 'one', partition),
      ]
      expect(inward?.at(1)).toEqual(outward?.at(0))
    }
  })

  test('end at the rest point of the consumer', () => {
    const lane = routes.layout.lanes[1]
    const restPoint = lane?.consumers[1]?.restPoint
    expect(routes.outward('redis/place', 'two', null)?.at(1)).toEqual(restPoint)
    expect(routes.outward('redis/place', 'nobody', null)).toBeNull()
  })

  test('end in the strip of a record’s partition', () => {
    const lane = routes.layout.lanes[2]
    if (!lane) throw new Error('no log')
    const places = [0, 1, 2].map((partition) => storedAt(lane, partition).y)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(new Set(places).size).toBe(3)
  })

  test('are travelled at an even pace', () => {
    const path = routes.inward('ada', 'kafka/place', 2)
    const steps = Array.from({ length: 20 }, (_, index) => {
      const [a, b] = [path?.at(index / 20), path?.at((index + 1) / 20)]
      return a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0
    })
    expect(Math.max(...steps)).toBeLessThan(Math.min(...steps) * 1.2)
  })
})

describe('the producer of a message', () => {
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

  test('is a person who left the room, while that message is traced, and never a program', () => {
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

  test('is drawn once when that person is in the room', () => {
    const { scene, message } = feedWith(['Ada', 'Bea'])
    expect(scene.producers.map(({ label }) => label)).toEqual(['Ada', 'Bea', 'Programs'])
    expect(producerOf(scene, message)).toBe('bea')
  })
})
