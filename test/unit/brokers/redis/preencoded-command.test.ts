import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { Command } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { PreencodedCommand } from '#lib/brokers/redis/publish.ts'

const bytesOf = (command: Command): Buffer => Buffer.from(command.toWritable({}))
const text = fc.string({ unit: 'grapheme' })
const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array))

describe('a pre-encoded command', () => {
  it('has exactly the bytes that ioredis writes, whatever its words and their order', () => {
    fc.assert(
      fc.property(text, fc.array(fc.oneof(text, bytes)), (key, words) => {
        const theirs = bytesOf(new Command('xadd', [key, ...words]))
        expect(bytesOf(new PreencodedCommand('xadd', key, words)).equals(theirs)).toBe(true)
      }),
    )
  })
})
