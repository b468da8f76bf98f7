import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64Of, bytesOfBase64, hexOf } from '#lib/util/show-bytes.ts'

test('bytes are the same after base64, and their hex is all of them in order', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const base64 = base64Of(bytes)
      expect(base64).toBe(Buffer.from(bytes).toString('base64'))
      expect([...bytesOfBase64(base64)]).toEqual([...bytes])
      const digits = hexOf(bytes)
        .split('\n')
        .map((line) => line.slice(10, 57).replaceAll(' ', ''))
        .join('')
      expect(digits).toBe(Buffer.from(bytes).toString('hex'))
    }),
  )
})

test('a line of hex has an offset, sixteen bytes and their ASCII', () => {
  const lines = hexOf(Buffer.from([...Buffer.from('Hi, switchboard!'), 0xff])).split('\n')
  expect(lines[0]).toBe('00000000  48 69 2c 20 73 77 69 74 63 68 62 6f 61 72 64 21  Hi, switchboard!')
  expect(lines[1]).toMatch(/^00000010 {2}ff {47}\.$/)
})
