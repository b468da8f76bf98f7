import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { loadMe, onMeChanged } from '../remembered-me.ts'
import { laneChoice } from './lane-choice.ts'
import { rememberedLanes } from './remembered-lanes.ts'

/** Opens the feed of a room as who sits here, with the lanes this tab chose there. `close` ends it. */
export function openFeed(room: string): { feed: Feed; close(): void } {
  laneChoice.enter(room, rememberedLanes(room))
  const feed = createFeed({ room, me: loadMe() })
  const ignoreOtherTabs = onMeChanged(({ name, colour }) => feed.rename(name, colour))
  return {
    feed,
    close: () => {
      ignoreOtherTabs()
      feed.close()
    },
  }
}
