import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { until } from '#test/support/until.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let feed: Feed
beforeEach(async () => {
  server = await startScriptedServer()
  const me = { id: 'person-1', name: 'Quiet Otter', colour: 0 }
  feed = createFeed({ room: 'lobby', me, url: server.url, storage: createMemoryStorage() })
})
afterEach(async () => {
  feed.close()
  await server.close()
})

test('a listener gets every event once and in order, live ones and those read after a loss', async () => {
  const heard: number[] = []
  const unsubscribe = feed.onEvents((events) => {
    for (const { seq } of events) {
      heard.push(seq)
      // The views know of it already.
      expect(feed.views.seq).toBeGreaterThanOrEqual(seq)
    }
  })
  server.say(5)
  await until('the first five', () => heard.length >= 5)
  server.withhold(2)
  server.say(3)
  await until('the rest', () => feed.views.seq === server.seq)
  expect(heard).toEqual(Array.from({ length: server.seq }, (_, index) => index + 1))
  unsubscribe()
  server.say(1)
  await until('one more', () => feed.views.seq === server.seq)
  expect(heard).toHaveLength(server.seq - 1)
})
