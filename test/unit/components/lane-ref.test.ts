import { expect, test } from 'vitest'
import { isEmptyPlace, lanePlaces, laneRefs, sendTargets } from '#components/feed/lane-ref.ts'
import { restingFeed } from '#components/feed/resting-feed.ts'
import { targetsWords } from '#components/words/targets.ts'
import type { Destination } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

const chatroom: Destination = {
  id: 'redis:chatroom',
  system: 'redis',
  name: 'chatroom',
  mode: 'fanout',
  address: 'chatroom',
  settings: {},
  state: 'declared',
  traits: [],
}
const systems = (lanes: ReturnType<typeof laneRefs>) => lanes.map(({ manifest }) => manifest.id)

test('until the room is known every system has its classic lane', () => {
  expect(systems(laneRefs(restingFeed))).toEqual(['rabbitmq', 'redis', 'kafka'])
})

test('a system on which the room has no destination has no lane', () => {
  const feed = { ...restingFeed, views: { ...restingFeed.views, epoch: 'e', destinations: [chatroom] } }
  expect(systems(laneRefs(feed))).toEqual(['redis'])
})

test('a system without a destination keeps its place among the lanes', () => {
  const feed = { ...restingFeed, views: { ...restingFeed.views, epoch: 'e', destinations: [chatroom] } }
  expect(systems(lanePlaces(feed))).toEqual(['rabbitmq', 'redis', 'kafka'])
  expect(systems(lanePlaces(feed).filter(isEmptyPlace))).toEqual(['rabbitmq', 'kafka'])
})

test('a send to all leaves out a broker whose variable cannot be used, and waits for one that is only away', () => {
  const down = (system: string): BrokerStatus => ({
    system,
    status: 'down',
    since: 0,
    reason: { code: system === 'kafka' ? 'misconfigured' : 'not-found', text: '' },
  })
  const feed = { ...restingFeed, views: { ...restingFeed.views, broker: down } }
  expect(systems(sendTargets(feed))).toEqual(['rabbitmq', 'redis'])
})

test('a send to all is named after those it goes to', () => {
  expect(targetsWords(['A', 'B', 'C'], 3)).toMatchObject({ all: 'all three', brokers: 'all three brokers' })
  expect(targetsWords(['A', 'C'], 3)).toMatchObject({ all: 'A and C', brokers: 'A and C' })
  expect(targetsWords(['C'], 3), 'a lane has a field for C').toMatchObject({ all: 'C alone' })
  expect(targetsWords([], 3)).toMatchObject({
    all: 'no broker',
    placeholder: 'There is no broker to send to',
  })
})
