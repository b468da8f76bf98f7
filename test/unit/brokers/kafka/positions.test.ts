import type { Admin, Consumer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { Hole } from '#lib/brokers/kafka/holes.ts'
import { OffsetCommits } from '#lib/brokers/kafka/offset-commits.ts'
import { PartitionPauses } from '#lib/brokers/kafka/partition-pauses.ts'
import { Positions } from '#lib/brokers/kafka/positions.ts'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'

/** A partition that ends at 7, in which the group had committed 3 when it was here last. */
function positionsOf(startsAnew: boolean, low = '0') {
  const calls: string[] = []
  const holes: Hole[] = []
  let committed = '3'
  const admin = {
    fetchTopicOffsets: async () => [{ partition: 0, offset: '7', low, high: '7' }],
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
    pause: () => undefined,
    resume: () => undefined,
  }
  const positions = new Positions({
    topic: 't',
    group: 'g',
    from: { to: 'latest' },
    startsAnew,
    admin: () => admin as unknown as Admin,
    redeliveries: new Redeliveries(),
    onHole: (hole) => void holes.push(hole),
    onPastEnd: (words) => void calls.push(words),
  })
  return { positions, consumer: consumer as unknown as Consumer, calls, holes }
}

describe('a start position', () => {
  it('of a subscriber is the end when it attaches, whatever its group committed; after an outage it continues where it was', async () => {
    const { positions, consumer, calls } = positionsOf(true)
    await positions.prepare()
    expect(positions.assign(consumer, [0])).toEqual([0])
    await positions.positionAll(consumer, [0], () => true)
    expect(calls).toEqual(['commit 7', 'seek 7'])
    // Another assignment, before kafkajs has certainly sought: it uses what is committed now.
    await positions.positionAll(consumer, positions.assign(consumer, [0]), () => true)
    expect(calls.slice(2)).toEqual(['seek 7'])
    for (let fetches = 0; fetches < 4; fetches++) positions.fetched()
    expect(positions.assign(consumer, [0])).toEqual([])
  })

  it('is what the group has committed where the consumer does not start anew', async () => {
    const { positions, consumer, calls } = positionsOf(false)
    await positions.prepare()
    expect(positions.assign(consumer, [0])).toEqual([])
    expect(positions.hadRead).toBe(true)
    expect(calls).toEqual([])
  })
})

describe('a position that the broker no longer has', () => {
  const commits = () => new OffsetCommits('t', () => undefined)

  it('is replaced by the offset of the oldest record that is left, which is committed, and the removed offsets are reported as a hole', async () => {
    const { positions, consumer, calls, holes } = positionsOf(false, '6')
    await positions.prepare()
    positions.assign(consumer, [0])
    positions.learn(() => true)
    await positions.recover(consumer, commits(), 0, () => true)
    expect(holes).toEqual([{ partition: 0, reason: 'retention', from: 3, to: 5, missed: 3 }])
    expect(calls).toEqual(['seek 6', 'commit 6'])
    expect(positions.next(0)).toBe(6)
  })

  it('is compared with how far was read, not with what was committed', async () => {
    const { positions, consumer, holes } = positionsOf(false, '6')
    await positions.prepare()
    positions.assign(consumer, [0])
    positions.learn(() => true)
    positions.reached(0, 5)
    await positions.recover(consumer, commits(), 0, () => true)
    expect(holes).toMatchObject([{ from: 5, to: 5, missed: 1 }])
  })

  it('that lies beyond the end is reported: the topic was made again', async () => {
    const { positions, consumer, calls, holes } = positionsOf(false)
    await positions.prepare()
    positions.assign(consumer, [0])
    positions.reached(0, 12)
    await positions.recover(consumer, commits(), 0, () => true)
    expect(calls).toEqual([
      'partition 0 ends at offset 7, before 12, where reading was to go on: the topic was made again, or lost records. It is read from its beginning.',
      'seek 0',
      'commit 0',
    ])
    expect(holes).toEqual([])
  })

  it('is left to the next assignment once this one is over', async () => {
    const { positions, consumer, calls, holes } = positionsOf(false, '6')
    await positions.prepare()
    positions.assign(consumer, [0])
    await positions.recover(consumer, commits(), 0, () => false)
    expect([calls, holes]).toEqual([[], []])
  })
})

describe('pauses of partitions', () => {
  const recordingClient = () => {
    const calls: string[] = []
    const record = (verb: string) => (topics: Array<{ topic: string; partitions?: number[] }>) => {
      calls.push(`${verb} ${topics[0]?.partitions?.join(',') ?? 'all'}`)
    }
    return { calls, client: { pause: record('pause'), resume: record('resume') } }
  }

  it('still hold a partition that is not positioned when a person resumes the consumer', () => {
    const pauses = new PartitionPauses('t')
    const { client, calls } = recordingClient()
    pauses.assign(client, [1])
    pauses.pause()
    expect([0, 1].map((partition) => pauses.isPaused(partition))).toEqual([true, true])
    pauses.resume()
    expect([0, 1].map((partition) => pauses.isPaused(partition))).toEqual([false, true])
    expect(calls.slice(-2)).toEqual(['resume all', 'pause 1'])
    pauses.positioned([1])
    expect(calls.at(-1)).toBe('resume all')
  })

  it('hold a partition that backs off until its back-off ends, also when a person resumes the consumer or another partition gets its position', () => {
    const pauses = new PartitionPauses('t')
    const { client, calls } = recordingClient()
    pauses.assign(client, [0])
    pauses.backOff(1)
    expect(calls.at(-1)).toBe('pause 0,1')
    pauses.positioned([0])
    pauses.pause()
    pauses.resume()
    expect(pauses.isPaused(1)).toBe(true)
    expect(calls.at(-1)).toBe('pause 1')
    pauses.endBackOff(1)
    expect(calls.at(-1)).toBe('resume all')
  })

  it('apply to the next client too: a consumer that was paused stays paused in its next membership', () => {
    const pauses = new PartitionPauses('t')
    pauses.pause()
    pauses.detach()
    const { client, calls } = recordingClient()
    pauses.assign(client, [])
    expect(calls).toEqual(['pause all'])
  })
})
