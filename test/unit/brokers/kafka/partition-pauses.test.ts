import { expect, it } from 'vitest'
import { PartitionPauses } from '#lib/brokers/kafka/partition-pauses.ts'

/** A client that remembers from which partitions it takes records. */
function pausable() {
  let paused: number[] | 'all' = []
  return {
    paused: () => paused,
    client: {
      pause: ([topic]: Array<{ partitions?: number[] }>) => {
        paused = topic?.partitions ?? 'all'
      },
      resume: () => {
        paused = []
        return []
      },
    },
  }
}

it('a consumer that a person paused retries a failed record after the resume, not when the back-off of its partition ends', () => {
  const { client, paused } = pausable()
  const pauses = new PartitionPauses('t')
  pauses.assign(client, [])
  pauses.backOff(0)
  expect(paused()).toEqual([0])
  pauses.pause()
  pauses.endBackOff(0)
  expect(paused()).toBe('all')
  expect(pauses.isPaused(0)).toBe(true)
  pauses.resume()
  expect(paused()).toEqual([])
  expect(pauses.isPaused(0)).toBe(false)
})
