import type { Admin, Consumer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'
import { StartPositions } from '#lib/brokers/kafka/start-positions.ts'

describe('a start position', () => {
  /** A partition that ends at 7, in which the group had committed 3 when it was here last. */
  function startPositions(startsAnew: boolean) {
    const calls: string[] = []
    let committed = '3'
    const admin = {
      fetchTopicOffsets: async () => [{ partition: 0, offset: '7', low: '0', high: '7' }],
      fetchOffsets: async () => [
        { topic: 't', partitions: [{ partition: 0, offset: committed, metadata: null }] },
      ],
    }
    const consumer = {
      commitOffsets: async ([one]: Array<{ offset: string }>) => {
        committed = one?.offset ?? committed
        calls.push(`commit ${committed}`)
      },
      seek: ({ offset }: { offset: string }) => calls.push(`seek ${offset}`),
    }
    const positions = new StartPositions({
      topic: 't',
      group: 'g',
      from: { to: 'latest' },
      startsAnew,
      admin: () => admin as unknown as Admin,
      redeliveries: new Redeliveries(),
    })
    return { positions, consumer: consumer as unknown as Consumer, calls }
  }

  it('of a subscriber is the end when it attaches, whatever its group committed; after an outage it continues where it was', async () => {
    const { positions, consumer, calls } = startPositions(true)
    await positions.prepare()
    expect(positions.unsettled([0])).toEqual([0])
    await positions.settle(consumer, [0], () => true)
    expect(calls).toEqual(['commit 7', 'seek 7'])
    // Another assignment, before kafkajs has certainly sought: it uses what is committed now.
    await positions.settle(consumer, positions.unsettled([0]), () => true)
    expect(calls.slice(2)).toEqual(['seek 7'])
    for (let fetches = 0; fetches < 4; fetches++) positions.fetched()
    expect(positions.unsettled([0])).toEqual([])
  })

  it('is what the group has committed where the consumer does not start anew', async () => {
    const { positions, calls } = startPositions(false)
    await positions.prepare()
    expect(positions.unsettled([0])).toEqual([])
    expect(positions.hadRead).toBe(true)
    expect(calls).toEqual([])
  })
})
