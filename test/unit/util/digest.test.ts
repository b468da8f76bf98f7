import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf } from '#lib/util/digest.ts'

const bytes = fc.uint8Array({ maxLength: 40 })

test('a digest depends on the bytes alone, not on where they lie', () => {
  fc.assert(
    fc.property(bytes, (body) => {
      const within = new Uint8Array([1, 2, 3, ...body, 4]).subarray(3, 3 + body.length)
      expect(digestOf(within)).toBe(digestOf(body))
      expect(Number.isSafeInteger(digestOf(body))).toBe(true)
    }),
  )
})

test('bodies that differ in any bit, in length or in order have different digests', () => {
  const seen = new Map<number, string>()
  const collisions: string[] = []
  const see = (body: Uint8Array) => {
    const name = Buffer.from(body).toString('hex')
    const digest = digestOf(body)
    const before = seen.get(digest)
    if (before !== undefined && before !== name) collisions.push(`${before} ${name}`)
    seen.set(digest, name)
  }
  for (let length = 0; length <= 20; length += 1) {
    see(new Uint8Array(length))
    // One bit, and every two bits: high bits are what a weak mixture cancels.
    for (let a = 0; a < length * 8; a += 1) {
      for (let b = a; b < length * 8; b += 1) {
        const body = new Uint8Array(length)
        for (const bit of new Set([a, b])) body[bit >> 3] = (body[bit >> 3] ?? 0) | (1 << (bit & 7))
        see(body)
      }
    }
  }
  expect(collisions).toEqual([])
})
