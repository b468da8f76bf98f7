import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { Command } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { createPublishCommands } from '#lib/brokers/redis/publish-command.ts'

const bytesOf = (command: Command): Buffer => Buffer.from(command.toWritable({}))

describe('a PUBLISH of ours', () => {
  it('is byte for byte what ioredis writes, whatever the channel and the body', () => {
    const commandFor = createPublishCommands()
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 2_000 }), (channel, bytes) => {
        const body = Buffer.from(bytes)
        const theirs = bytesOf(new Command('publish', [channel, body]))
        expect(bytesOf(commandFor(channel, body)).equals(theirs)).toBe(true)
        expect(bytesOf(commandFor(channel, body)).equals(theirs)).toBe(true)
      }),
    )
  })
})
