import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { modeManifestOf } from '../feed/lane-mode.ts'
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

/**
 * Adds one more like those that are there: the next free name, the first group, default settings. `ownGroup`: in a
 * group of its own, where there are groups. Answers in words what went wrong.
 */
export async function addNextConsumer(feed: Feed, lane: LaneRef, ownGroup = false): Promise<string> {
  const { manifest, modeManifest, destination } = lane
  const name = nextConsumerName(feed, lane)
  const group = ownGroup ? name : (groupsOf(consumersOf(feed, lane))[0] ?? FIRST_GROUP)
  const reply = await feed.command('consumer:add', {
    system: manifest.id,
    destination,
    name,
    ...(modeManifest.can.groups ? { group } : {}),
    settings: initialSettings(settingFields(modeManifestOf(lane).consumerSettings)),
  })
  return reply.ok ? '' : errorWords(reply.code, { label: manifest.label, ...reply })
}

/** Where nothing is kept for dead letters, their setting says so in one of these ways. */
const OFF: ReadonlySet<unknown> = new Set([undefined, false, null, '', 'off', 'none', 'no'])

/** The destination has a place for what nobody could finish. */
export const keepsDeadLetters = (lane: LaneRef, view: DestinationView | undefined): boolean =>
  lane.modeManifest.can.deadLetters && !OFF.has(view?.destination.settings.deadLetters)

/** It keeps dead letters, and nobody here reads them yet. */
export const lacksDeadLetterReader = (lane: LaneRef, view: DestinationView | undefined): boolean =>
  view !== undefined &&
  keepsDeadLetters(lane, view) &&
  !view.consumers.some(({ role }) => role === 'dead-letters')

/** Adds a reader of what the lane's consumers gave up on. Answers in words what went wrong. */
export async function addDeadLetterReader(feed: Feed, lane: LaneRef): Promise<string> {
  const { manifest, destination } = lane
  const name = nextFreeName(
    'dead-letters',
    consumersOf(feed, lane).map((consumer) => consumer.name),
  )
  const settings = { reads: 'dead-letters' }
  const reply = await feed.command('consumer:add', { system: manifest.id, destination, name, settings })
  return reply.ok ? '' : errorWords(reply.code, { label: manifest.label, ...reply })
}
