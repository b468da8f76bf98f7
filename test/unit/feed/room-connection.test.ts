import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { until } from '#test/support/until.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts'

/** The ledger keeps this many faults: enough to see every event a test says. */
const FAULTS_KEPT = 200

let server: ScriptedServer
let feeds: Feed[]
beforeEach(async () => {
  server = await startScriptedServer()
  feeds = []
})
afterEach(async () => {
  for (const feed of feeds) feed.close()
  await server.close()
})

function openFeed(at: ScriptedServer = server): Feed {
  const me = { id: 'person-1', name: 'Quiet Otter', colour: 0 }
  const feed = createFeed({ room: 'lobby', me, url: at.url, storage: createMemoryStorage() })
  feeds.push(feed)
  return feed
}
const live = (feed: Feed) => until('the feed to be live', () => feed.connection.state === 'live')
const upToDate = (feed: Feed, at: ScriptedServer = server) =>
  until(
    'the feed to have everything',
    () => {
      if (feed.connection.state === 'offline') feed.retryNow()
      if (feed.connection.state === 'live' && feed.views.epoch === at.epoch && feed.views.seq === at.seq)
        return true
      throw new Error(
        `${feed.connection.state} at ${feed.views.epoch}:${feed.views.seq} of ${at.epoch}:${at.seq}`,
      )
    },
    { timeoutMs: 5_000 },
  )
/** What was withheld shows by the number of what follows only. */
async function sayAndCatchUp(feed: Feed, at: ScriptedServer): Promise<void> {
  at.withhold(0)
  at.say(1)
  await upToDate(feed, at)
}
/** The numbers of the events that were applied, in the order in which they were applied. */
const applied = (feed: Feed) => feed.views.faults.map(({ seq }) => seq)
const upTo = (seq: number) => Array.from({ length: seq }, (_, index) => index + 1)

describe('a feed gets every event once and in order', () => {
  test('through any cuts, jumps and slow reading', async () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('say' as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ what: fc.constant('withhold' as const), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        what: fc.constantFrom('cut' as const, 'behind' as const, 'breathe' as const),
        count: fc.constant(1),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const at = await startScriptedServer()
        const feed = openFeed(at)
        const received: number[] = []
        feed.onEvents((events) => received.push(...events.map(({ seq }) => seq)))
        try {
          for (const { what, count } of steps) {
            if (what === 'say') at.say(count)
            else if (what === 'withhold') at.withhold(count)
            else if (what === 'cut') at.cut()
            else if (what === 'behind') at.pushBehind()
            else await sayAndCatchUp(feed, at)
          }
          await sayAndCatchUp(feed, at)
          expect(applied(feed)).toEqual(upTo(at.seq).slice(-FAULTS_KEPT))
          expect(received).toEqual(upTo(at.seq))
          expect(feed.views.gaps).toEqual([])
        } finally {
          feed.close()
          await at.close()
        }
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  test('while live events arrive faster than pages are read', async () => {
    server.say(60)
    const feed = openFeed()
    for (let round = 0; round < 20; round += 1) {
      server.say(5)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await upToDate(feed)
    expect(applied(feed)).toEqual(upTo(160))
  })

  test('and a gap for what history no longer holds', async () => {
    const short = await startScriptedServer(10)
    short.say(50)
    const feed = openFeed(short)
    await upToDate(feed, short)
    expect(feed.views.gaps).toMatchObject([{ from: 1, to: 40, reason: 'not-held' }])
    expect(applied(feed)).toEqual(upTo(50).slice(40))
    feed.close()
    await short.close()
  })
})

describe('the connection’s state', () => {
  test('goes from connecting through catching up to live', async () => {
    server.say(30)
    const me = { id: 'person-1', name: 'Quiet Otter', colour: 0 }
    const frames = {
      request: (run: () => void) => {
        queueMicrotask(run)
        return () => undefined
      },
    }
    const feed = createFeed({ room: 'lobby', me, url: server.url, storage: createMemoryStorage(), frames })
    feeds.push(feed)
    const lines = [feed.connection]
    feed.subscribe(() => lines.push(feed.connection))
    await live(feed)
    expect(lines[0]?.state).toBe('connecting')
    const missing = lines.flatMap((line) => (line.state === 'catching-up' ? [line.missing] : []))
    expect(missing[0]).toBe(30)
    expect(missing).toEqual([...missing].sort((a, b) => b - a))
    expect(feed.connection).toEqual({ state: 'live' })
  })

  test('a restart of the server shows a gap, and keeps what was there before it', async () => {
    const feed = openFeed()
    server.say(3)
    await upToDate(feed)
    server.restart()
    server.say(2)
    await upToDate(feed)
    expect(feed.views.gaps).toMatchObject([{ reason: 'epoch', epoch: 'epoch-2' }])
    expect(applied(feed)).toEqual([1, 2, 3, 1, 2])
  })

  test('offline counts its tries, and ends when the server is back', async () => {
    const feed = openFeed()
    await live(feed)
    await server.close()
    await until('two tries', () => feed.connection.state === 'offline' && feed.connection.tries >= 2)
    feed.close()
    server = await startScriptedServer()
  })

  test('a page of another version is asked to reload, and does not reconnect', async () => {
    server.outdate()
    const feed = openFeed()
    await until('the order to reload', () => feed.connection.state === 'reload')
    feed.retryNow()
    server.say(1)
    expect(feed.connection).toEqual({ state: 'reload' })
  })

  test('a command without a connection fails at once and is never sent later', async () => {
    const feed = openFeed()
    await live(feed)
    const { url } = server
    await server.close()
    await until('the line to be down', () => feed.connection.state === 'offline')
    expect(await feed.command('broker:retry', { system: 'redis' })).toMatchObject({
      ok: false,
      code: 'internal',
    })
    expect(url).toContain('127.0.0.1')
    server = await startScriptedServer()
  })
})

describe('listeners', () => {
  test('are called once a frame, however much happened, and the version rises by one', async () => {
    const work: Array<() => void> = []
    const frames = {
      request: (run: () => void) => {
        work.push(run)
        return () => undefined
      },
    }
    const me = { id: 'person-1', name: 'Quiet Otter', colour: 0 }
    const feed = createFeed({ room: 'lobby', me, url: server.url, storage: createMemoryStorage(), frames })
    feeds.push(feed)
    let notified = 0
    feed.subscribe(() => {
      notified += 1
    })
    await live(feed)
    server.say(50)
    await until('all events', () => feed.views.seq === 50)
    expect([work.length, notified, feed.version]).toEqual([1, 0, 0])
    work.shift()?.()
    expect([notified, feed.version]).toEqual([1, 1])
    server.say(1)
    await until('one more', () => feed.views.seq === 51)
    expect([work.length, notified, feed.version]).toEqual([1, 1, 1])
  })

  test('are not called after close', async () => {
    const feed = openFeed()
    await live(feed)
    let notified = 0
    feed.subscribe(() => {
      notified += 1
    })
    feed.close()
    feed.close()
    const { seq } = feed.views
    server.say(5)
    const witness = openFeed()
    await upToDate(witness)
    expect([notified, feed.views.seq]).toEqual([0, seq])
  })
})
