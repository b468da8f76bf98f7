import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArrivalOrder } from '#lib/brokers/redis/arrival-order.ts'
import type { Named } from '#lib/brokers/redis/channel-cursor.ts'

const namedAs = (identity: string): Named => ({
  messageId: null,
  identity,
  body: Buffer.from(identity),
  at: 0,
})

function listening() {
  const delivered: string[] = []
  const order = new ArrivalOrder(({ identity }) => void delivered.push(identity))
  return { delivered, order }
}

describe('what a pattern’s subscriber has read', () => {
  test('waits behind what came before it in another channel and has no name yet', () => {
    const { delivered, order } = listening()
    order.arrived('k3')
    order.arrived('end')
    order.named(namedAs('last'), 'end')
    expect(delivered).toEqual([])
    order.named(namedAs('held'), 'k3')
    expect(delivered).toEqual(['held', 'last'])
    expect(order.size).toBe(0)
  })

  test('is handed on in the order of arrival, whenever each channel names its own', () => {
    const channel = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(
        fc.array(channel, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 80 }),
        (arrivals, picks) => {
          const { delivered, order } = listening()
          const unnamed = new Map<string, string[]>()
          arrivals.forEach((on, index) => {
            order.arrived(on)
            unnamed.set(on, [...(unnamed.get(on) ?? []), String(index)])
          })
          for (let step = 0; unnamed.size > 0; step += 1) {
            const open = [...unnamed.keys()]
            const on = open[(picks[step] ?? 0) % open.length] ?? ''
            const [next = '', ...rest] = unnamed.get(on) ?? []
            order.named(namedAs(next), on)
            if (rest.length > 0) unnamed.set(on, rest)
            else unnamed.delete(on)
          }
          expect(delivered).toEqual(arrivals.map((_, index) => String(index)))
        },
      ),
    )
  })

  test('is dropped with the subscription', () => {
    const { delivered, order } = listening()
    order.arrived('a')
    order.clear()
    order.named(namedAs('late'), 'a')
    expect(delivered).toEqual([])
  })
})
