import type { Feed } from '#lib/feed/feed.ts'
import type { RoomPicture } from '#lib/ledger/model/room-picture.ts'
import { restingFeed } from './resting-feed.ts'

/**
 * The room as the server drew it, until the page's own feed knows it: time stands still, and nothing that was received is
 * shown. What somebody asks for meanwhile is asked of the live feed once it is there.
 */
export function pictureFeed(picture: RoomPicture, live: Promise<Feed>): Feed {
  const { at, numbered, brokers, destinations, panes, rights } = picture
  const destinationAt = (system: string, name: string) =>
    destinations.find(
      ({ view: { destination } }) => destination.system === system && destination.name === name,
    )
  const paneOf = (id: string) => panes.find(({ view }) => view.consumer.id === id)
  return {
    ...restingFeed,
    views: {
      ...restingFeed.views,
      numbered,
      lastAt: at,
      destinations: destinations.map(({ view }) => view.destination),
      broker: (system) => brokers.find((broker) => broker.system === system),
      destination: (system, name) => destinationAt(system, name)?.view,
      tally: (system, name) => destinationAt(system, name)?.tally,
      meter: (system, name) => destinationAt(system, name)?.meter,
      pane: (id) => paneOf(id)?.view,
      paneTally: (id) => paneOf(id)?.tally,
    },
    rights,
    drawnByServer: true,
    now: () => at,
    send: async (request) => (await live).send(request),
    command: async (name, input) => (await live).command(name, input),
  }
}
