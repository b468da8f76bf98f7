import { expect, it } from 'vitest'
import { Cursor, type Named } from '#lib/brokers/redis/channel-cursor.ts'
import { Channels, type PatternSubscriber } from '#lib/brokers/redis/channels.ts'

/** A pattern's subscriber that was subscribed before anything was sent. */
function watch(channels: Channels) {
  const cursors = new Map<string, Cursor>()
  const named: Named[] = []
  const pattern: PatternSubscriber = {
    matches: (channel) => channel.startsWith('news'),
    begin: (order) => {
      const hooks = {
        deliver: (one: Named) => void named.push(one),
        verify: () => undefined,
        lagging: () => undefined,
      }
      cursors.set(order.channel, new Cursor(order, hooks, { byPattern: true, subscribedBefore: true }))
    },
    forget: (channel) => void cursors.delete(channel),
  }
  channels.watch(pattern)
  const receive = (channel: string, text: string) => {
    if (!cursors.has(channel)) channels.meet(pattern, channel)
    cursors.get(channel)?.receive(Buffer.from(text), 0)
    channels.tidy(channel)
  }
  return { cursors, named, receive }
}

it('a pattern’s subscriber has a cursor in every channel that matches, and in none once nothing is on its way', () => {
  const channels = new Channels()
  const subscriber = watch(channels)
  for (let index = 0; index < 1_000; index++) {
    const channel = `news.${index}`
    const sent = channels.send(channel, `m${index}`, Buffer.from('text'))
    channels.send(`other.${index}`, 'x', Buffer.from('text'))
    subscriber.receive(channel, 'text')
    channels.settle(channel, sent, 'heard')
  }
  expect(subscriber.named.map(({ messageId }) => messageId)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => `m${index}`),
  )
  expect(subscriber.cursors.size).toBe(0)
})

it('a channel is not forgotten while a message of ours is on its way, even if its receipt came first', () => {
  const channels = new Channels()
  const subscriber = watch(channels)
  const sent = channels.send('news', 'm', Buffer.from('text'))
  channels.settle('news', sent, 'heard')
  expect(subscriber.cursors.size).toBe(1)
  subscriber.receive('news', 'text')
  expect(subscriber.named.map(({ messageId }) => messageId)).toEqual(['m'])
  expect(subscriber.cursors.size).toBe(0)
})

it('two pattern subscribers give an outside message one identity, in whatever order they read it', () => {
  const channels = new Channels()
  const [one, two] = [watch(channels), watch(channels)]
  one.receive('news', 'a')
  one.receive('news', 'b')
  two.receive('news', 'a')
  two.receive('news', 'b')
  two.receive('news', 'c')
  one.receive('news', 'c')
  const names = [one, two].map(({ named }) => named.map(({ identity }) => identity))
  expect(names[0]).toEqual(names[1])
  expect(new Set(names[0]).size).toBe(3)
  expect(one.cursors.size + two.cursors.size).toBe(0)
})
