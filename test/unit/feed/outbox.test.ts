import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed, HeldStorage } from '#lib/feed/feed.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { until } from '#test/support/until.ts'
import { createMemoryStorage } from './memory-storage.ts'
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts'

const ALL = [{ system: 'rabbitmq' }, { system: 'redis' }, { system: 'kafka' }]

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

async function openFeed(storage: HeldStorage = createMemoryStorage(), at = server): Promise<Feed> {
  const me = { id: 'person-1', name: 'Quiet Otter', colour: 0 }
  const feed = createFeed({ room: 'lobby', me, url: at.url, storage })
  feeds.push(feed)
  await until('the feed to be live', () => feed.connection.state === 'live')
  return feed
}
const takenBy = (system: string, at = server) =>
  at.taken.filter((one) => one.system === system).map(({ text }) => text)
const brokerKnown = (feed: Feed, system: string, status: string) =>
  until(`${system} to be known as ${status}`, () => feed.views.broker(system)?.status === status)
const nothingHeld = (feed: Feed) =>
  until('nothing to be held', () => {
    if (feed.connection.state === 'offline') feed.retryNow()
    return feed.held.length === 0
  })

describe('a send whose broker is down', () => {
  test('is held with its number, the others go out at once, and it follows once when the broker is back', async () => {
    const feed = await openFeed()
    server.setBroker('kafka', 'down')
    const result = await feed.send({ to: ALL, text: 'to all' })
    expect(result).toMatchObject({ state: 'sent', number: 1, held: ['kafka'], refused: [] })
    expect(feed.held).toMatchObject([{ system: 'kafka', number: 1, text: 'to all', why: 'broker-down' }])
    expect(server.taken.map(({ system }) => system)).toEqual(['rabbitmq', 'redis'])
    server.setBroker('kafka', 'up')
    await nothingHeld(feed)
    expect(takenBy('kafka')).toEqual(['to all'])
    expect(new Set(server.taken.map(({ id }) => id)).size).toBe(1)
  })

  test('goes out in the order of sending, before what is sent after', async () => {
    const feed = await openFeed()
    server.setBroker('redis', 'down')
    await brokerKnown(feed, 'redis', 'down')
    for (const text of ['a', 'b', 'c']) await feed.send({ to: [{ system: 'redis' }], text })
    expect(feed.held.map(({ text, number }) => [text, number])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    server.setBroker('redis', 'up')
    await brokerKnown(feed, 'redis', 'up')
    await feed.send({ to: [{ system: 'redis' }], text: 'd' })
    await nothingHeld(feed)
    expect(takenBy('redis')).toEqual(['a', 'b', 'c', 'd'])
  })

  test('outlives a reload of the tab', async () => {
    const storage = createMemoryStorage()
    const before = await openFeed(storage)
    server.setBroker('kafka', 'down')
    await before.send({ to: [{ system: 'kafka' }], text: 'kept' })
    before.close()
    const after = await openFeed(storage)
    expect(after.held).toMatchObject([{ text: 'kept', why: 'broker-down' }])
    server.setBroker('kafka', 'up')
    await nothingHeld(after)
    expect(takenBy('kafka')).toEqual(['kept'])
    expect(storage.size).toBe(0)
  })

  test('goes out with its key, headers and settings, also after a reload', async () => {
    const storage = createMemoryStorage()
    const extras = { key: 'eu', headers: { tenant: 'acme' }, settings: { priority: 5 } }
    const before = await openFeed(storage)
    server.setBroker('kafka', 'down')
    await before.send({ to: ALL, text: 'with more', ...extras })
    before.close()
    const after = await openFeed(storage)
    server.setBroker('kafka', 'up')
    await nothingHeld(after)
    expect(server.taken.map(({ system, extras: rode }) => [system, rode])).toEqual([
      ['rabbitmq', extras],
      ['redis', extras],
      ['kafka', extras],
    ])
  })

  test('can be thrown away', async () => {
    const feed = await openFeed()
    server.setBroker('kafka', 'down')
    await feed.send({ to: [{ system: 'kafka' }], text: 'never mind' })
    const [held] = feed.held
    if (!held) throw new Error('nothing is held')
    feed.discard(held.id, 'kafka')
    server.setBroker('kafka', 'up')
    await brokerKnown(feed, 'kafka', 'up')
    await feed.send({ to: [{ system: 'kafka' }], text: 'this one' })
    expect(takenBy('kafka')).toEqual(['this one'])
  })
})

describe('a send without a connection', () => {
  test('is held and goes out once when the connection is back', async () => {
    const feed = await openFeed()
    server.cut()
    await until('the line to be down', () => feed.connection.state === 'offline')
    const result = await feed.send({ to: ALL, text: 'later' })
    expect(result).toMatchObject({ state: 'held', number: null, held: ['rabbitmq', 'redis', 'kafka'] })
    expect(feed.held[0]).toMatchObject({ why: 'offline', destination: 'mailbox' })
    await nothingHeld(feed)
    expect(server.taken.map(({ text, system }) => `${text} ${system}`).sort()).toEqual([
      'later kafka',
      'later rabbitmq',
      'later redis',
    ])
  })

  test('whose answer was lost is sent again under its id, and taken once', async () => {
    const feed = await openFeed()
    server.loseNextAnswer()
    expect(await feed.send({ to: [{ system: 'redis' }], text: 'lost answer' })).toMatchObject({
      state: 'held',
    })
    await nothingHeld(feed)
    expect(takenBy('redis')).toEqual(['lost answer'])
  })

  test('whose answer was lost with its server is not sent again unless a person asks', async () => {
    const feed = await openFeed()
    server.loseNextAnswer()
    const sending = feed.send({ to: [{ system: 'redis' }], text: 'perhaps' })
    await until('it to be taken', () => server.taken.length === 1)
    server.restart()
    await sending
    await until('it to be in doubt', () => {
      if (feed.connection.state === 'offline') feed.retryNow()
      return feed.held[0]?.why === 'unconfirmed'
    })
    await feed.send({ to: [{ system: 'redis' }], text: 'another' })
    expect(takenBy('redis')).toEqual(['perhaps', 'another'])
    const [held] = feed.held
    if (held) feed.sendAgain(held.id, held.system)
    await nothingHeld(feed)
    expect(takenBy('redis')).toEqual(['perhaps', 'another', 'perhaps'])
  })
})

test('whatever fails in between, each send goes out exactly once', async () => {
  const step = fc.record({
    what: fc.constantFrom('send', 'send', 'down', 'up', 'cut', 'lose', 'settle'),
    system: fc.constantFrom('rabbitmq', 'redis', 'kafka'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 16 }), async (steps) => {
      const at = await startScriptedServer()
      const feed = await openFeed(createMemoryStorage(), at)
      const sends: Array<Promise<unknown>> = []
      try {
        for (const { what, system } of steps) {
          if (what === 'send') sends.push(feed.send({ to: ALL, text: `send ${sends.length}` }))
          else if (what === 'down' || what === 'up') at.setBroker(system, what)
          else if (what === 'cut') at.cut()
          else if (what === 'lose') at.loseNextAnswer()
          else await Promise.all(sends)
        }
        await Promise.all(sends)
        for (const { system } of ALL) at.setBroker(system, 'up')
        await nothingHeld(feed)
        const expected = sends.map((_, index) => `send ${index}`).sort()
        for (const { system } of ALL) expect(takenBy(system, at).sort()).toEqual(expected)
      } finally {
        feed.close()
        await at.close()
      }
    }),
    { numRuns: 25 },
  )
}, 120_000)

describe('a send that the room would refuse', () => {
  test('is refused at once with its text, and never held', async () => {
    const feed = await openFeed()
    expect(await feed.send({ to: ALL, text: '' })).toMatchObject({
      state: 'refused',
      refused: [{ system: 'all', code: 'text-empty' }],
    })
    const long = 'ü'.repeat(TEXT_MAX_BYTES / 2 + 1)
    expect(await feed.send({ to: [{ system: 'redis' }], text: long })).toMatchObject({
      state: 'refused',
      refused: [{ system: 'redis', code: 'text-too-long', text: long, detail: { limit: TEXT_MAX_BYTES } }],
    })
    expect([feed.held.length, server.taken.length]).toEqual([0, 0])
  })
})

test('held sends that another program wrote into storage are ignored', async () => {
  const storage = createMemoryStorage()
  storage.setItem('switchboard.held.lobby', '[{"id": 7}, "<script>"]')
  const feed = await openFeed(storage)
  expect(feed.held).toEqual([])
})
