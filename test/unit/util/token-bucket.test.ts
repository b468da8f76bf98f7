import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenBucket } from '#lib/util/token-bucket.ts'

test('a burst passes, then each refusal says when the next command will pass', () => {
  let time = 0
  const bucket = createTokenBucket(100, 150, () => time)
  for (let sent = 0; sent < 150; sent += 1) expect(bucket.take()).toBe(0)
  const wait = bucket.take()
  expect(wait).toBe(10)
  time += wait
  expect(bucket.take()).toBe(0)
  expect(bucket.take()).toBeGreaterThan(0)
})

test('whatever the timing, no more passes than the burst and the rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 500 }), (pauses) => {
      let time = 0
      let passed = 0
      const bucket = createTokenBucket(100, 150, () => time)
      for (const pause of pauses) {
        time += pause
        if (bucket.take() === 0) passed += 1
      }
      expect(passed).toBeLessThanOrEqual(150 + time / 10)
    }),
  )
})
