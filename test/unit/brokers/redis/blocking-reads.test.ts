import { describe, expect, it } from 'vitest'
import { BlockingReads } from '#lib/brokers/redis/blocking-reads.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { until } from '#test/support/until.ts'

describe('a blocking read that is to be renewed', () => {
  it('reports that it could not be ended, and goes on waiting', async () => {
    const notRenewed: unknown[] = []
    const failed: unknown[] = []
    const wait = createDeferred<void>()
    const refusal = new Error('NOPERM this user has no permissions to run CLIENT UNBLOCK')
    const reads = new BlockingReads({
      capacity: () => 1,
      read: () => wait.promise,
      unblock: () => Promise.reject(refusal),
      onNotRenewed: (error) => void notRenewed.push(error),
      onFailed: (error) => void failed.push(error),
    })
    reads.renew()
    await until('the refusal', () => notRenewed.length > 0)
    expect(notRenewed).toEqual([refusal])
    expect(failed).toEqual([])
    reads.abandon()
    wait.resolve()
  })
})
