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
    void reads.renew()
    await until('the refusal', () => notRenewed.length > 0)
    expect(notRenewed).toEqual([refusal])
    expect(failed).toEqual([])
    reads.abandon()
    wait.resolve()
  })

  it('is renewed once the read under way has ended with all that it received', async () => {
    const wait = createDeferred<void>()
    let capacity = 1
    let received = 0
    let unblocked = 0
    const reads = new BlockingReads({
      capacity: () => capacity,
      read: async () => {
        await wait.promise
        received += 1
      },
      unblock: async () => {
        unblocked += 1
        // Redis hears of it while an element is already on its way.
        if (unblocked === 2) wait.resolve()
      },
      onNotRenewed: () => undefined,
      onFailed: () => undefined,
    })
    capacity = 0
    await reads.renew()
    expect([unblocked, received]).toEqual([2, 1])
    await reads.renew()
    expect(unblocked).toBe(2)
    reads.abandon()
  })
})
