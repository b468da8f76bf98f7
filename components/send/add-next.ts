import type { Feed } from '#lib/feed/feed.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import { nextFreeName } from './next-name.ts'
import { initialSettings, settingFields } from './setting-fields.ts'

const consumersOf = (feed: Feed, { manifest, destination }: LaneRef): readonly Consumer[] =>
  feed.views.destination(manifest.id, destination)?.consumers ?? []

/** The groups that the lane's consumers share, in the order in which they appear. */
export const groupsOf = (consumers: readonly Consumer[]): string[] => [
  ...new Set(consumers.flatMap(({ group }) => (group === undefined ? [] : [group]))),
]

/** A group's name where the lane has none yet. */
const FIRST_GROUP = 'group-1'

/** What the lane's next consumer is called. */
export const nextConsumerName = (feed: Feed, lane: LaneRef): string =>
  nextFreeName(
    lane.modeManifest.consumerNoun,
    consumersOf(feed, lane).map(({ name }) => name),
  )

/** Adds one more like those that are there: the next free name, the first group, default settings. Answers in words what went wrong. */
export async function addNextConsumer(feed: Feed, lane: LaneRef): Promise<string> {
  const { manifest, modeManifest, destination } = lane
  const reply = await feed.command('consumer:add', {
    system: manifest.id,
    destination,
    name: nextConsumerName(feed, lane),
    ...(modeManifest.can.groups ? { group: groupsOf(consumersOf(feed, lane))[0] ?? FIRST_GROUP } : {}),
    settings: initialSettings(settingFields(modeManifest.consumerSettings)),
  })
  return reply.ok ? '' : errorWords(reply.code, { label: manifest.label, ...reply })
}
