import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepRefusal, RefusedPartitions } from '#lib/brokers/kafka/partition-refusals.ts'

describe('the answer for one partition', () => {
  it('that its log is damaged becomes a record that says so', () => {
    const partition = { errorCode: 2, messages: [] }
    keepRefusal(partition)
    expect(partition.errorCode).toBe(0)
    expect(partition.messages).toMatchObject([
      { refusal: 'its log is damaged on the broker (CORRUPT_MESSAGE)' },
    ])
  })

  it.each([0, 1, 3, 6])('with the code %i stays as it is: kafkajs knows what to do', (errorCode) => {
    const partition = { errorCode, messages: [] }
    keepRefusal(partition)
    expect(partition).toEqual({ errorCode, messages: [] })
  })
})

describe('a refused partition', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function watched() {
    const seen: string[] = []
    const refusals = new RefusedPartitions(
      {
        backOff: (partition) => void seen.push(`back off ${partition}`),
        endBackOff: (partition) => void seen.push(`read on ${partition}`),
      },
      (words) => void seen.push(words),
    )
    return { refusals, seen }
  }

  it('backs off alone, is reported each time, and is asked for again', async () => {
    const { refusals, seen } = watched()
    refusals.refused(1, 'its log is damaged')
    expect(seen).toEqual(['back off 1', 'partition 1 cannot be read: its log is damaged'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(seen.at(-1)).toBe('read on 1')
  })

  it('backs off ever longer, up to a minute, until records come', async () => {
    const { refusals, seen } = watched()
    const timesReadOn = () => seen.filter((line) => line === 'read on 1').length
    for (let times = 0; times < 10; times += 1) {
      refusals.refused(1, 'x')
      await vi.advanceTimersByTimeAsync(60_000)
    }
    refusals.refused(1, 'x')
    await vi.advanceTimersByTimeAsync(29_000)
    expect(timesReadOn()).toBe(10)
    await vi.advanceTimersByTimeAsync(31_000)
    refusals.answered(1)
    refusals.refused(1, 'x')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(timesReadOn()).toBe(12)
  })

  it('is asked for no more once it is closed', async () => {
    const { refusals, seen } = watched()
    refusals.refused(1, 'x')
    refusals.close()
    refusals.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen).not.toContain('read on 1')
  })
})
