import { expect, it } from 'vitest'
import { of, scriptRooms } from './scripted-rooms.ts'

it('another body at a known position is another message: a topic that was deleted and made again counts from the start', async () => {
  const { drivers, events } = await scriptRooms()
  const reader = drivers.kafka.consumer('reader-1')
  const at = (text: string) => reader.deliver({ identity: 'kafka:topic:0:0', body: Buffer.from(text) })
  at('before')
  at('before')
  at('after')
  at('after')
  const [first, again, other, otherAgain] = of(events, 'delivered')
  expect(first).toMatchObject({ number: 1, text: 'before', outside: true })
  expect(again?.messageId).toBe(first?.messageId)
  expect(other).toMatchObject({ number: 2, text: 'after', outside: true })
  expect(other?.messageId).not.toBe(first?.messageId)
  expect(otherAgain?.messageId).toBe(other?.messageId)
})

it('an equal body at a known position that was written at another time is another message', async () => {
  const { drivers, events } = await scriptRooms()
  const reader = drivers.kafka.consumer('reader-1')
  const body = Buffer.from('tick')
  for (const writtenAt of [1_000, 1_000, 2_000, 2_000]) {
    reader.deliver({ identity: 'kafka:topic:0:0', body, writtenAt })
  }
  expect(of(events, 'delivered').map(({ number }) => number)).toEqual([1, undefined, 2, undefined])
  const [first, again, other, otherAgain] = of(events, 'delivered').map(({ messageId }) => messageId)
  expect(again).toBe(first)
  expect(other).not.toBe(first)
  expect(otherAgain).toBe(other)
})
