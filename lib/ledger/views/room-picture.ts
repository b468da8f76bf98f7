import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { LedgerViews } from '../model/ledger-views.ts'
import type { PicturedDestination, PicturedPane, RoomPicture } from '../model/room-picture.ts'
import type { PaneView } from '../model/views.ts'

interface PictureOptions {
  at: number
  brokers: readonly BrokerStatus[]
  /** Every event of the room is in the views: then its figures are known too. */
  isWhole: boolean
}

/** What a page needs of the views to draw a room as it was at that moment. */
export function pictureOf(
  views: LedgerViews,
  { at, brokers, isWhole }: PictureOptions,
): Omit<RoomPicture, 'rights'> {
  const found = views.destinations.flatMap(({ system, name }) => views.destination(system, name) ?? [])
  const consumers = found.flatMap((view) => view.consumers)
  const destinations = found.map((view): PicturedDestination => {
    const { system, name } = view.destination
    if (!isWhole) return { view: { ...view, facts: null }, tally: undefined, meter: undefined }
    return { view, tally: views.tally(system, name), meter: views.meter(system, name, at) }
  })
  const panes = consumers.flatMap(({ id }): PicturedPane[] => {
    const view = views.pane(id)
    return isWhole && view ? [{ view: withoutRows(view), tally: views.paneTally(id) }] : []
  })
  return { at, numbered: views.numbered, brokers, destinations, panes }
}

/** Texts and their times come with the events: a server does not know in which time zone its pages are read. */
const withoutRows = (view: PaneView): PaneView => ({ ...view, rows: [], failing: [] })
