import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPartitioner, murmur2, partitionOfKey } from '#lib/brokers/kafka/partitioner.ts'

/** kafkajs's own implementation of the same hash, for comparison. */
const theirs: (key: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
)

describe('the partitioner', () => {
  it.each([
    // Values of Kafka's own test of this hash (UtilsTest.testMurmur2).
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ])('hashes "%s" as the Java client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  it('hashes any bytes as another implementation does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(murmur2(bytes)).toBe(theirs(Buffer.from(bytes)))
      }),
    )
  })

  it('always chooses a partition of the topic, and the same one for a key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), fc.integer({ min: 1, max: 50 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions)
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitions)
        expect(createPartitioner()(key, partitions)).toBe(partition)
      }),
    )
  })

  it('takes turns without a key, also when the topic turns out to have fewer partitions', () => {
    const choose = createPartitioner()
    expect([3, 3, 3, 3, 3, 2, 2, 1].map((partitions) => choose(null, partitions))).toEqual([
      0, 1, 2, 0, 1, 0, 1, 0,
    ])
  })
})
