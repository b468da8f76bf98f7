import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BoundedOutput, Malformed, TooLarge } from '#lib/brokers/kafka/codecs/bounded-output.ts'
import { DECOMPRESSED_MAX_BYTES, decompress } from '#lib/brokers/kafka/codecs/codecs.ts'
import { unlz4 } from '#lib/brokers/kafka/codecs/lz4.ts'
import { unsnap } from '#lib/brokers/kafka/codecs/snappy.ts'
import { unzstd } from '#lib/brokers/kafka/codecs/zstd.ts'

const TEXT = Array.from({ length: 16 }, (_, index) => `message ${index} of ${index * index} – grüße\n`).join(
  '',
)
/** TEXT as other programs compress it: the commands `zstd` and `lz4`, and snappyjs. */
const COMPRESSED = {
  snappy:
    'yANobWVzc2FnZSAwIG9mIDAg4oCTIGdyw7zDn2UKERsAMQEbADFSGwAAMgEbADRSGwAAMwEbBDkgTlEAADQBGwQxNlIcAAA1ARwIMjUgTjgAADYBHAAzVjgAADcBHAA0VnAAADgBHAA2VqcAADkBHAA4Vt4AADElFQQxMFoXASkYADJaPAAlGwQxNFZ2AAQxMwF3BDE2VrAAADEpIQA5VuoAADEpIzgyNSDigJMgZ3LDvMOfZQo=',
  lz4: 'BCJNGHRAva0AAAD0DG1lc3NhZ2UgMCBvZiAwIOKAkyBncsO8w59lChsAEDEbAB8xGwACEDIbAB80GwACEDMbAB85GwACEDQbAC8xNhwAAhA1HAAvMjUcAAIQNhwAHzM4AAMQNxwAHzRwAAMQOBwAHzanAAMQORwAHzjeAAMRMRUBLzEwFwEEAhgBHzI8AAQBGwEvMTR2AAMRMR4BLzE2sAADEjEhAR856gADEjEjAQYkAVC8w59lCuVlmzoAAAAAGA+RTQ==',
  zstd: 'KLUv/WTIADUEACQEbWVzc2FnZSAwIG9mIDAg4oCTIGdyw7zDn2UKMTEyNDM5NDE2NTI1NjM2NzQ5ODY0OTgxMTEwMjI0NDM2OTQ5NjUyHwAnqwVYFyiCiwFt4BJAEVzsa5WNxYDGVsRYAgPfgCXAI7AY+AYsAR6BxX5+A0vA4RFYDLwA68AzYAn4A5btxMQD6aAW/w==',
  /** A stream of the highest level, which asks for a window of 128 MiB. */
  wideZstd:
    'KLUv/QSIbQMA8oQQFcDrv3dqvL6+tohsqf5s90oi/NQ4N4N5nJz3D7l49/nnP3x/c5qY04UIMniQ9xHNP0iSTurWRlg3rGobNi30XmIBH6gQiOv+Z8DjrAEQiKHESDweA3VHmQEUdqkhYRi/Bf/0BRXe0B22FOmgFv8=',
}
const bytesOf = (name: keyof typeof COMPRESSED) => Buffer.from(COMPRESSED[name], 'base64')
const MAX = 1024 * 1024

/** One literal as a raw block of snappy. */
function snapped(bytes: Uint8Array): Buffer {
  const length = bytes.length
  const size = Buffer.from([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14])
  return Buffer.concat([size, Buffer.from([0xf4, (length - 1) & 0xff, (length - 1) >> 8]), bytes])
}

/** Blocks as Java's SnappyOutputStream frames them. */
function framed(...blocks: Buffer[]): Buffer {
  const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(block.length)
    return [size, block]
  })
  return Buffer.concat([head, ...sized])
}

describe('the codecs of Kafka’s batches', () => {
  test('read what other programs compressed', async () => {
    expect((await decompress(1, gzipSync(TEXT))).toString()).toBe(TEXT)
    expect((await decompress(2, bytesOf('snappy'))).toString()).toBe(TEXT)
    expect((await decompress(3, bytesOf('lz4'))).toString()).toBe(TEXT)
    expect((await decompress(4, bytesOf('zstd'))).toString()).toBe(TEXT)
  })

  test('read snappy in the frames of Java’s stream', () => {
    expect(unsnap(framed(bytesOf('snappy'), bytesOf('snappy')), MAX).toString()).toBe(TEXT + TEXT)
  })

  test('read several frames of lz4 and of zstd one after the other', () => {
    const twice = (name: 'lz4' | 'zstd') => Buffer.concat([bytesOf(name), bytesOf(name)])
    expect(unlz4(twice('lz4'), MAX).toString()).toBe(TEXT + TEXT)
    expect(unzstd(twice('zstd'), MAX).toString()).toBe(TEXT + TEXT)
  })

  test('take no window of zstd that is larger than what may come out', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(unzstd(bytesOf('wideZstd'), MAX).toString()).toBe(TEXT)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MAX)
  })

  test('refuse what is larger than the bound before they take the memory', async () => {
    const before = process.memoryUsage().arrayBuffers
    await expect(decompress(1, gzipSync(Buffer.alloc(64 * MAX)))).rejects.toThrow(TooLarge)
    expect(() => unsnap(bytesOf('snappy'), 100)).toThrow(TooLarge)
    expect(() => unlz4(bytesOf('lz4'), 100)).toThrow(TooLarge)
    expect(() => unzstd(bytesOf('zstd'), 100)).toThrow(TooLarge)
    // 4 GiB, as a block of snappy claims it.
    expect(() => unsnap(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), MAX)).toThrow(TooLarge)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * DECOMPRESSED_MAX_BYTES)
  })

  test('refuse whatever bytes are not theirs, and never hang', () => {
    const outcome = (read: () => Buffer) => {
      try {
        return read().length <= MAX
      } catch (error) {
        return error instanceof Malformed || error instanceof TooLarge
      }
    }
    const flipped = (name: keyof typeof COMPRESSED) =>
      fc
        .tuple(fc.nat({ max: bytesOf(name).length - 1 }), fc.integer({ min: 1, max: 255 }))
        .map(([at, by]) => {
          const bytes = bytesOf(name)
          bytes[at] = (bytes[at] ?? 0) ^ by
          return bytes
        })
    const arbitrary = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(flipped('snappy'), flipped('lz4'), flipped('zstd'), arbitrary, (snappy, lz4, zstd, any) => {
        for (const bytes of [snappy, any]) expect(outcome(() => unsnap(bytes, MAX))).toBe(true)
        for (const bytes of [lz4, any]) expect(outcome(() => unlz4(bytes, MAX))).toBe(true)
        for (const bytes of [zstd, any]) expect(outcome(() => unzstd(bytes, MAX))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('read back literals of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60_000 }), (bytes) => {
        expect(unsnap(snapped(bytes), MAX)).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 50 },
    )
  })
})

describe('a bounded output', () => {
  test('repeats what a copy overlaps', () => {
    const output = new BoundedOutput('lz4', 100)
    output.append(Buffer.from('abc'))
    output.copy(3, 8)
    expect(output.take().toString()).toBe('abcabcabcab')
    expect(() => output.copy(12, 1)).toThrow(Malformed)
    expect(() => output.copy(1, 90)).toThrow(TooLarge)
  })
})
