import { expect, test } from 'vitest'
import { laneRefs } from '#components/feed/lane-ref.ts'
import { pictureFeed } from '#components/feed/picture-feed.ts'
import { restingFeed } from '#components/feed/resting-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import { pictureOf } from '#lib/ledger/views/room-picture.ts'
import type { Consumer, Destination, RoomSnapshot } from '#lib/protocol/room.ts'
import { createDeferred } from '#lib/util/deferred.ts'

const AT = 1_700_000_000_000
const places = { system: 'rabbitmq', destination: 'jobs', settings: {} } as const

const destination: Destination = {
  ...{ id: 'd', system: 'rabbitmq', name: 'jobs', mode: 'queue', address: 'jobs', settings: {} },
  ...{ state: 'declared', traits: [] },
}
const consumer: Consumer = { ...places, id: 'rabbitmq:jobs:worker-9', name: 'worker-9', state: 'attached' }
const snapshot: RoomSnapshot = {
  ...{ room: 'lobby', epoch: 'e', seq: 3, firstSeq: 1, number: 0, people: [], loads: [] },
  destinations: [destination],
  consumers: [consumer],
  brokers: [{ system: 'rabbitmq', status: 'up', since: AT }],
}

function pictured(isWhole: boolean, live: Promise<Feed> = Promise.resolve(restingFeed)) {
  const ledger = createLedger()
  ledger.reset(snapshot)
  const picture = pictureOf(ledger, { at: AT, brokers: snapshot.brokers, isWhole })
  // As it comes through the page.
  return pictureFeed(structuredClone({ ...picture, rights: null }), live)
}

test('what the server knew of a room is what a page shows until its own feed knows it', () => {
  const feed = pictured(true)
  expect(laneRefs(feed).map((lane) => lane.destination)).toEqual(['jobs'])
  expect(feed.views.broker('rabbitmq')?.status).toBe('up')
  expect(feed.views.destination('rabbitmq', 'jobs')?.consumers).toEqual([consumer])
  expect(feed.views.pane('rabbitmq:jobs:worker-9')?.arrivals).toBe(0)
  expect(feed.views.tally('rabbitmq', 'jobs')?.sent).toBe(0)
  expect(feed.now()).toBe(AT)
  // Sends wait for the room itself.
  expect(feed.views.epoch).toBeNull()
})

test('of a room whose events were not all read, nothing is shown that they tell', () => {
  const { views } = pictured(false)
  expect(views.destination('rabbitmq', 'jobs')?.consumers).toEqual([consumer])
  expect(views.pane('rabbitmq:jobs:worker-9')).toBeUndefined()
  expect(views.tally('rabbitmq', 'jobs')).toBeUndefined()
  expect(views.destination('rabbitmq', 'jobs')?.facts).toBeNull()
})

test('what is asked for before the room is there is asked of it once it is', async () => {
  const live = createDeferred<Feed>()
  const feed = pictured(true, live.promise)
  const asked = feed.command('consumer:command', { consumer: 'rabbitmq:jobs:worker-9', command: 'pause' })
  const answered: unknown[] = []
  live.resolve({
    ...restingFeed,
    command: (name) => {
      answered.push(name)
      return Promise.resolve({ ok: false, code: 'wrong-state', message: 'asked' })
    },
  })
  expect(await asked).toMatchObject({ message: 'asked' })
  expect(answered).toEqual(['consumer:command'])
})
