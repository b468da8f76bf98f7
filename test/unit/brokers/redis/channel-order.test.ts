import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor, type CursorHooks } from '#lib/brokers/redis/channel-cursor.ts'
import { ChannelOrder } from '#lib/brokers/redis/channel-order.ts'
import { ChannelWorld } from './channel-world.ts'

type Step = (world: ChannelWorld, text: () => string) => void

const who = fc.nat({ max: 3 })
const oneStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>((world, text) => world.send(text())) },
  { weight: 2, arbitrary: fc.constant<Step>((world, text) => world.outside(text())) },
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.publish()) },
  { weight: 4, arbitrary: fc.constant<Step>((world) => world.reply()) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.breakPublisher()) },
  { weight: 2, arbitrary: fc.constant<Step>((world) => world.join()) },
  {
    weight: 1,
    arbitrary: who.map(
      (index): Step =>
        (world) =>
          world.leave(index),
    ),
  },
  {
    weight: 6,
    arbitrary: who.map(
      (index): Step =>
        (world) =>
          world.serve(index),
    ),
  },
  {
    weight: 10,
    arbitrary: who.map(
      (index): Step =>
        (world) =>
          world.read(index),
    ),
  },
)
const steps = fc.array(oneStep, { maxLength: 120, size: 'max' })

/** Every message is identified as the reference model knows it: ours by its id, an outside one alike at each subscriber. */
function expectTrueNames({ subscribers }: ChannelWorld): void {
  const outside = new Map<number, string>()
  const used = new Set<string>()
  for (const { named, heard } of subscribers) {
    expect(named.map(({ body }) => body.toString())).toEqual(heard.map(({ text }) => text))
    expect(named.map(({ messageId }) => messageId)).toEqual(heard.map(({ messageId }) => messageId))
    heard.forEach(({ messageId, serial }, index) => {
      const identity = named[index]?.identity ?? ''
      if (messageId !== null) {
        expect(identity).toBe(`redis:c:${messageId}`)
        return
      }
      if (!outside.has(serial)) {
        expect(used).not.toContain(identity)
        used.add(identity)
        outside.set(serial, identity)
      }
      expect(identity).toBe(outside.get(serial))
    })
  }
}

describe("a channel's order", () => {
  it('identifies every message correctly, in any interleaving, when texts differ', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (taken, foreign) => {
        const world = new ChannelWorld({ foreign })
        let count = 0
        for (const step of taken) step(world, () => `text ${++count}`)
        world.drain()
        expectTrueNames(world)
      }),
      { numRuns: 2_000 },
    )
  })

  it('identifies equal texts correctly when no other program publishes and joining is over before more is sent', () => {
    const quiet = fc.oneof(
      { weight: 3, arbitrary: fc.constant<Step>((world, text) => world.send(text())) },
      { weight: 3, arbitrary: fc.constant<Step>((world) => world.publish()) },
      { weight: 3, arbitrary: fc.constant<Step>((world) => world.reply()) },
      {
        weight: 6,
        arbitrary: who.map(
          (index): Step =>
            (world) =>
              world.read(index),
        ),
      },
      {
        weight: 1,
        arbitrary: who.map(
          (index): Step =>
            (world) =>
              world.leave(index),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constant<Step>((world) => {
          world.join()
          world.drain()
        }),
      },
    )
    fc.assert(
      fc.property(
        fc.array(quiet, { maxLength: 120, size: 'max' }),
        fc.array(fc.nat({ max: 2 }), { maxLength: 20, size: 'max' }),
        (taken, texts) => {
          const world = new ChannelWorld()
          let count = 0
          for (const step of taken) step(world, () => `same ${texts[count++ % (texts.length || 1)]}`)
          world.drain()
          expectTrueNames(world)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('identifies messages correctly again after equal texts that it could not distinguish', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.nat({ max: 2 }), { maxLength: 20, size: 'max' }),
        fc.boolean(),
        (taken, texts, foreign) => {
          const world = new ChannelWorld({ foreign })
          let count = 0
          for (const step of taken) step(world, () => `same ${texts[count++ % (texts.length || 1)]}`)
          world.drain()
          for (const text of ['first proof', 'second proof']) {
            world.send(text)
            world.drain()
          }
          for (const { gone, heard, named } of world.subscribers) {
            expect(named.map(({ body }) => body.toString())).toEqual(heard.map(({ text }) => text))
            const ids = named.flatMap(({ messageId }) => messageId ?? [])
            expect(new Set(ids).size).toBe(ids.length)
            if (!gone) expect(named.at(-1)?.messageId).toBe(heard.at(-1)?.messageId)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  describe('a send whose receipt was lost', () => {
    const withReader = () => {
      const world = new ChannelWorld()
      world.join()
      world.drain()
      return world
    }
    const ids = ({ subscribers }: ChannelWorld) => subscribers[0]?.named.map(({ messageId }) => messageId)

    it('and that provably did not arrive is not recognised in a text from outside', () => {
      const world = withReader()
      world.send('hi')
      world.breakPublisher()
      world.drain()
      world.outside('hi')
      world.drain()
      expect(ids(world)).toEqual([null])
    })

    it('is not mistaken for the same text sent again', () => {
      const world = withReader()
      world.send('hi')
      world.breakPublisher()
      world.send('hi')
      world.drain()
      expect(ids(world)).toEqual(['ours-2'])
    })

    it('is recognised beside the same text sent again, when both arrived', () => {
      const world = withReader()
      world.send('hi')
      world.publish()
      world.breakPublisher()
      world.send('hi')
      world.drain()
      expect(ids(world)?.sort()).toEqual(['ours-1', 'ours-2'])
    })

    it('is known to be heard by all subscribers once one has read it', () => {
      const world = withReader()
      world.join()
      world.drain()
      world.send('first')
      world.publish()
      world.breakPublisher()
      world.outside('second')
      world.drain()
      expectTrueNames(world)
    })
  })

  it('a subscriber that mistook one text for another is right again once its position is verified', () => {
    const world = new ChannelWorld({ foreign: true })
    world.send('same')
    world.join()
    world.publish()
    world.serve(0)
    world.read(0)
    world.send('same')
    world.publish()
    world.reply()
    world.reply()
    world.drain()
    world.breakPublisher()
    world.drain()
    world.send('same')
    world.drain()
    expect(world.subscribers[0]?.named.at(-1)?.messageId).toBe('ours-3')
  })

  it('keeps nothing once all messages have arrived and all subscribers have left', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const world = new ChannelWorld()
        let count = 0
        for (const step of taken) step(world, () => `text ${++count}`)
        world.drain()
        for (const _ of world.subscribers) world.leave(0)
        expect(world.order.kept).toBe(0)
        expect(world.order.isIdle).toBe(true)
      }),
    )
  })
})

describe("a channel's order is bounded", () => {
  const limits = { maxBehind: 1_000, maxBehindBytes: 100_000, verifyAt: 10 }
  const silent: CursorHooks = {
    deliver: () => undefined,
    lagging: () => undefined,
    verify: () => undefined,
  }
  const joined = (order: ChannelOrder, hooks = silent) => {
    const cursor = new Cursor(order, hooks)
    cursor.subscribed()
    cursor.reach(cursor.mark())
    return cursor
  }
  const sendHeard = (order: ChannelOrder, text: string) =>
    order.settle(order.send(text, Buffer.from(text)), 'heard')

  it('keeps nothing that its only subscriber has read, for a million messages', () => {
    const order = new ChannelOrder('c', 'run', limits)
    const cursor = joined(order)
    for (let index = 0; index < 1_000_000; index++) {
      sendHeard(order, `m${index}`)
      cursor.receive(Buffer.from(`m${index}`), 0)
      if (index % 100_000 === 0) expect(order.kept).toBeLessThan(200)
    }
    expect(cursor.passed).toBe(1_000_000)
  })

  it.each([
    ['messages', 'm'],
    ['bytes', 'm'.repeat(1_000)],
  ])('reports once that a subscriber is too many %s behind, and keeps nothing more for it', (_what, text) => {
    const order = new ChannelOrder('c', 'run', limits)
    let lagged = 0
    joined(order, { ...silent, lagging: () => void lagged++ })
    for (let index = 0; index < 5_000; index++) sendHeard(order, text)
    expect(lagged).toBe(1)
    expect(order.kept).toBe(0)
  })

  it('reports once that a subscriber is too many outside messages behind', () => {
    const order = new ChannelOrder('c', 'run', limits)
    let lagged = 0
    let verified = 0
    joined(order, { ...silent, lagging: () => void lagged++, verify: () => void verified++ })
    const reader = joined(order)
    for (let index = 0; index < 5_000; index++) reader.receive(Buffer.from(`outside ${index}`), 0)
    expect({ lagged, verified }).toEqual({ lagged: 1, verified: 2 })
  })

  it('expects of a new subscriber with a verified position nothing that others read before it', () => {
    const order = new ChannelOrder('c', 'run', limits)
    const names: string[] = []
    const late = joined(order, { ...silent, deliver: ({ identity }) => void names.push(identity) })
    const slow = joined(order, { ...silent, deliver: ({ identity }) => void names.push(identity) })
    slow.receive(Buffer.from('hi'), 0)
    late.reach(late.mark())
    late.receive(Buffer.from('hi'), 0)
    expect(new Set(names).size).toBe(2)
  })
})
