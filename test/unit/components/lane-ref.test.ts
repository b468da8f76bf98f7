import { expect, test } from 'vitest'
import { laneRefs } from '#components/feed/lane-ref.ts'
import { restingFeed } from '#components/feed/resting-feed.ts'
import type { Destination } from '#lib/protocol/room.ts'

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
