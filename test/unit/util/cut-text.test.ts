import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutText } from '#lib/util/cut-text.ts'

test('a text is cut between characters, and the bytes that follow are counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 12 }), (whole, max) => {
      const { text, omittedBytes } = cutText(whole, max)
      expect(whole.startsWith(text)).toBe(true)
      expect(text.length).toBeLessThanOrEqual(max)
      expect(Buffer.from(text).toString()).toBe(text)
      expect(Buffer.byteLength(text) + omittedBytes).toBe(Buffer.byteLength(whole))
    }),
  )
})
