import type { Admin } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { offsetsAt, readRanges } from '#lib/brokers/kafka/partition-offsets.ts'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'

/** An admin client that loses the topic of its first requests, as kafkajs does while other topics are new to it. */
function adminThatLoses(lost: number) {
  let requests = 0
  const answer = async <Answer>(offsets: Answer): Promise<Answer> => {
    requests += 1
    if (requests <= lost) throw new TypeError("Cannot destructure property 'partitions'")
    return offsets
  }
  const admin = {
    fetchTopicOffsets: () => answer([{ partition: 0, offset: '7', low: '2', high: '7' }]),
    fetchTopicOffsetsByTimestamp: () => answer([{ partition: 0, offset: '5' }]),
  }
  return { admin: admin as unknown as Admin, requests: () => requests }
}

describe('the offsets of a topic that kafkajs loses while other topics are added', () => {
  it('are asked for again until they are there, by end and by time', async () => {
    const ends = adminThatLoses(4)
    const ranges = await readRanges(ends.admin, new Redeliveries(), 't')
    expect(ranges).toEqual(new Map([[0, { low: '2', end: '7' }]]))
    const times = adminThatLoses(4)
    expect(await offsetsAt(times.admin, 't', { to: 'time', at: 1 }, ranges)).toEqual(new Map([[0, '5']]))
  })

  it('are asked for a bounded number of times', async () => {
    const never = adminThatLoses(Number.POSITIVE_INFINITY)
    await expect(readRanges(never.admin, new Redeliveries(), 't')).rejects.toThrow(TypeError)
    expect(never.requests()).toBe(12)
  })
})
