import { describe, expect, it } from 'vitest'
import { OffsetCommits } from '#lib/brokers/kafka/offset-commits.ts'
import { createDeferred } from '#lib/util/deferred.ts'

describe('offset commits', () => {
  it('have one request under way, and put what comes meanwhile into the next', async () => {
    const commits = new OffsetCommits('t', () => undefined)
    const first = createDeferred<void>()
    const sent: unknown[] = []
    const commit = (offsets: { topics: Array<{ partitions: unknown }> }) => {
      sent.push(offsets.topics[0]?.partitions)
      return sent.length === 1 ? first.promise : Promise.resolve()
    }
    commits.add(0, '5', commit)
    const flushed = commits.flush()
    commits.add(0, '6', commit)
    commits.add(1, '3', commit)
    commits.add(0, '7', commit)
    first.resolve()
    await flushed
    expect(sent).toEqual([
      [{ partition: 0, offset: '5' }],
      [
        { partition: 0, offset: '7' },
        { partition: 1, offset: '3' },
      ],
    ])
  })

  it('are retried after a failure, but never for an assignment that is over', async () => {
    const commits = new OffsetCommits('t', () => undefined)
    const sent: string[] = []
    const failing = async () => {
      sent.push('failing')
      throw new Error('connection lost')
    }
    commits.add(0, '5', failing)
    await commits.flush()
    await commits.flush()
    expect(sent).toEqual(['failing', 'failing'])
    commits.reset()
    await commits.flush()
    expect(sent).toHaveLength(2)
  })
})
