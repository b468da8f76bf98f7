import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

const ALL = [{ system: 'rabbitmq' }, { system: 'redis' }, { system: 'kafka' }]

let app: TestApp
let room: string
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
})
afterAll(() => app.close())

const feeds: Feed[] = []
afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close()
})

async function openFeed(name = 'Quiet Otter'): Promise<Feed> {
  const me = { id: `person-${name.replaceAll(' ', '-')}`, name, colour: 3 }
  const feed = createFeed({ room, me, url: app.url })
  feeds.push(feed)
  await until('the feed to be live', () => feed.connection.state === 'live')
  return feed
}

const traceIn = (feed: Feed, system: string) => {
  const destination = feed.views.destinations.find((one) => one.system === system)
  if (!destination) throw new Error(`there is no destination on ${system}`)
  return feed.views.trace(system, destination.name, feed.trace.messageId)
}
const verdicts = (feed: Feed) => ALL.map(({ system }) => traceIn(feed, system).verdict)

describe('a feed on real brokers', () => {
  test('one message to all three systems ends in three verdicts: a queue, a fan-out, a log', async () => {
    const feed = await openFeed()
    const result = await feed.send({ to: ALL, text: 'grüße an alle' })
    expect(result).toMatchObject({ state: 'sent', held: [], refused: [] })
    if (result.state !== 'sent') throw new Error('not sent')
    expect(feed.trace).toMatchObject({ messageId: result.id, pinned: false })
    await until('all three verdicts', () =>
      verdicts(feed).every((verdict, lane) => verdict.kind === 'got' && verdict.got === [1, 2, 2][lane]),
    )
    expect(verdicts(feed)).toMatchObject([
      { shape: 'queue', got: 1, of: 2 },
      { shape: 'fanout', got: 2, of: 2 },
      { shape: 'log', got: 2, of: 3, groups: { got: 2, of: 2 } },
    ])
    await until('the receipts', () =>
      ALL.every(({ system }) => traceIn(feed, system).receipt?.state === 'published'),
    )
    await until('the commit and the acknowledgement', () =>
      ALL.every(({ system }) =>
        [...traceIn(feed, system).cords.values()].every(({ state }) =>
          ['acknowledged', 'received', 'committed'].includes(state),
        ),
      ),
    )
    expect(feed.views.message(result.id)).toMatchObject({
      text: 'grüße an alle',
      sender: 'Quiet Otter',
      senderColour: 3,
    })
  })

  test('what one person sends, another person sees with the same rows and counters', async () => {
    const [one, other] = [await openFeed('Quiet Otter'), await openFeed('Merry Fox')]
    await until('both to be seen', () => one.views.people.length >= 2 && other.views.people.length >= 2)
    const result = await one.send({ to: ALL, text: 'from one to the other' })
    if (result.state !== 'sent') throw new Error('not sent')
    await until('the other to have it whole', () => {
      const lives = other.views.message(result.id)?.lives
      return lives?.size === 3 && one.views.seq === other.views.seq
    })
    for (const { system, name } of one.views.destinations) {
      expect(other.views.destination(system, name)?.counts).toEqual(
        one.views.destination(system, name)?.counts,
      )
      for (const { id } of one.views.destination(system, name)?.consumers ?? []) {
        expect(other.views.pane(id)?.rows).toEqual(one.views.pane(id)?.rows)
      }
    }
  })

  test('a feed that opens later shows what history holds', async () => {
    const early = await openFeed('Quiet Otter')
    await early.send({ to: ALL, text: 'before you came' })
    await until('it to arrive everywhere', () => verdicts(early).every((verdict) => verdict.kind === 'got'))
    const late = await openFeed('Keen Wren')
    await until('both to know the same', () => late.views.seq === early.views.seq)
    expect(late.views.newest()).toEqual(early.views.newest())
    expect(late.views.gaps).toEqual([])
  })

  test('commands are answered, and their changes appear in the views', async () => {
    const feed = await openFeed()
    const added = await feed.command('consumer:add', { system: 'redis', name: 'subscriber-9' })
    if (!added.ok) throw new Error(added.message)
    await until('its pane', () => feed.views.pane(added.value.id)?.consumer.state === 'attached')
    const paused = await feed.command('consumer:command', { consumer: added.value.id, command: 'pause' })
    expect(paused).toMatchObject({ ok: true, value: { state: 'paused' } })
    expect(await feed.command('consumer:remove', { consumer: added.value.id })).toMatchObject({ ok: true })
    await until('it to leave the lane', () => {
      const lane = feed.views.destination('redis', added.value.destination)
      return lane?.consumers.every(({ name }) => name !== 'subscriber-9')
    })
    expect(await feed.command('consumer:remove', { consumer: 'redis:nowhere:nobody' })).toMatchObject({
      ok: false,
      code: 'consumer-not-found',
    })
  })

  test('a new name is shown to everybody', async () => {
    const feed = await openFeed('Quiet Otter')
    feed.rename('Loud Otter', 5)
    await until('the new name', () =>
      feed.views.people.some(({ name, colour }) => name === 'Loud Otter' && colour === 5),
    )
  })

  test('a room that does not exist is reported, and joined once it is created', async () => {
    const name = `${room}-later`
    const feed = createFeed({ room: name, me: { id: 'person-x', name: 'X', colour: 0 }, url: app.url })
    feeds.push(feed)
    await until('the room to be missed', () => feed.connection.state === 'no-room')
    await app.request('PUT', `/api/rooms/${name}`)
    feed.retryNow()
    await until('the feed to be live', () => feed.connection.state === 'live')
    await app.request('DELETE', `/api/rooms/${name}`)
    await until('the room to be gone', () => feed.connection.state === 'no-room')
  })

  test('a message that a crashed worker held is finished by the other worker', async () => {
    const feed = await openFeed()
    const workers = feed.views.destinations.filter(({ system }) => system === 'rabbitmq')
    const lane = feed.views.destination('rabbitmq', workers[0]?.name ?? '')
    const [first, second] = lane?.consumers ?? []
    if (!first || !second) throw new Error('there are no two workers')
    for (const { id } of [first, second])
      await feed.command('consumer:command', { consumer: id, command: 'pause' })
    const sent = await feed.send({
      to: [{ system: 'rabbitmq' }],
      text: 'held by a worker that stops settling',
    })
    if (sent.state !== 'sent') throw new Error('not sent')
    const holder = await until('somebody to hold it', () =>
      [first, second].find(({ id }) => (feed.views.pane(id)?.inHand.length ?? 0) > 0),
    )
    const other = holder === first ? second : first
    await feed.command('consumer:command', { consumer: other.id, command: 'resume' })
    await feed.command('consumer:command', { consumer: holder.id, command: 'crash' })
    await until('the other to finish it', () => {
      const { verdict } = traceIn(feed, 'rabbitmq')
      return verdict.kind === 'got' && verdict.finished
    })
    expect(traceIn(feed, 'rabbitmq').verdict).toMatchObject({ got: 1, of: 2, by: [other.name] })
    expect(traceIn(feed, 'rabbitmq').ghosts.get(holder.name)).toEqual({
      why: 'crashed-holding',
      now: other.name,
    })
    await feed.command('consumer:command', { consumer: holder.id, command: 'start' })
  })
})
