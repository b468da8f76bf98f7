import type { Feed } from '#lib/feed/feed.ts'
import type { Action } from './action.ts'
import { consumerActions } from './consumer-actions.ts'
import { brokerActions } from './fault-actions.ts'
import { laneActions } from './lane-actions.ts'
import { roomActions, sharedActions } from './page-actions.ts'
import { buttonsOnPage } from './page-buttons.ts'

/** Everything that can be done now. In a recording nothing can be sent or changed. */
export function allActions(feed: Feed): readonly Action[] {
  if (feed.recorded) return [...sharedActions(feed), ...buttonsOnPage([])]
  const known = [...roomActions(feed), ...laneActions(feed), ...consumerActions(feed), ...brokerActions(feed)]
  return [...known, ...buttonsOnPage(known)]
}
