import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { type LaneRef, laneRefs, laneTrace, receiversOf } from '../feed/lane-ref.ts'
import type { GuideFacts, Someone } from './steps.ts'

function isAnswered(feed: Feed, lane: LaneRef): boolean {
  if (feed.views.broker(lane.manifest.id)?.status !== 'up') return true
  const { kind } = laneTrace(feed, lane).verdict
  return kind !== 'none' && kind !== 'waiting'
}

function someoneOf(feed: Feed, lane: LaneRef): Someone[] {
  const { manifest, mode, modeManifest, destination } = lane
  const { cords } = laneTrace(feed, lane)
  const consumers = receiversOf(feed.views.destination(manifest.id, destination)?.consumers ?? [])
  return consumers.map(({ id, name, state }) => ({
    id,
    name,
    system: manifest.id,
    destination,
    mode,
    state,
    canCrash: modeManifest.can.crash,
    canPause: modeManifest.can.pause,
    keepsForAbsent: modeManifest.can.keepsForAbsent,
    got: cords.has(name),
    others: cords.size - (cords.has(name) ? 1 : 0),
  }))
}

/** What the steps of the first minute look at. */
export function guideFacts(feed: Feed): GuideFacts {
  const lanes = laneRefs(feed)
  const message = feed.views.message(feed.trace.messageId ?? '')
  return {
    traced: message?.number ?? 0,
    answered: lanes.every((lane) => isAnswered(feed, lane)),
    consumers: lanes.flatMap((lane) => someoneOf(feed, lane)),
  }
}

/** The lane that shows a consumer's destination, for what its mode can do. */
export const laneOf = (feed: Feed, { system, destination }: Pick<Someone, 'system' | 'destination'>) =>
  laneRefs(feed).find((lane) => lane.manifest.id === system && lane.destination === destination)

export const labelOf = (system: string): string => manifestOf(system)?.label ?? system
