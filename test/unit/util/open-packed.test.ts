import { deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openPacked } from '#lib/util/open-packed.ts'

const gzip = (body: Uint8Array | string) => new Uint8Array(gzipSync(body))
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('a gzip body is opened', async () => {
  const { bytes, end } = await openPacked('gzip', gzip('Grüße'), 1_000)
  expect([textOf(bytes), end]).toEqual(['Grüße', 'whole'])
})

test('a deflate body is opened', async () => {
  const { bytes, end } = await openPacked('deflate', new Uint8Array(deflateSync('Grüße')), 1_000)
  expect([textOf(bytes), end]).toEqual(['Grüße', 'whole'])
})

test('of a small body that holds an enormous one no more is opened than the limit', async () => {
  const bomb = gzip(Buffer.alloc(64 * 1024 * 1024))
  const before = process.memoryUsage().arrayBuffers
  const { bytes, end } = await openPacked('gzip', bomb, 100_000)
  expect([bytes.length, end]).toEqual([100_000, 'limit'])
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
})

test.each([
  ['a cut one', gzip('x'.repeat(10_000)).slice(0, 20)],
  ['what is none', new Uint8Array([0x1f, 0x8b, 0x08, 1, 2, 3])],
])('%s says so, and does no harm', async (_, bytes) => {
  expect((await openPacked('gzip', bytes, 1_000)).end).toBe('cut')
})
