import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'

/** What a person made in a room. Seats are left out: whoever sits there leaves by their phone. */
export interface Mine {
  /** Theirs with all that is on them: they can be removed. */
  destinations: readonly Destination[]
  /** Theirs, but others have consumers there: they stay. */
  shared: readonly Destination[]
  /** Their consumers, but for those that go with a destination. */
  consumers: readonly Consumer[]
}

export function whatIsMine(views: Pick<LedgerViews, 'destinations' | 'destination'>, personId: string): Mine {
  const consumersOf = ({ system, name }: Destination): readonly Consumer[] =>
    views.destination(system, name)?.consumers ?? []
  const isMine = (consumer: Consumer) => consumer.madeBy === personId && consumer.owner === undefined
  const made = views.destinations.filter(({ madeBy, stays }) => madeBy === personId && stays !== true)
  const destinations = made.filter((one) => consumersOf(one).every(isMine))
  const removed = new Set(destinations.map(({ id }) => id))
  return {
    destinations,
    shared: made.filter(({ id }) => !removed.has(id)),
    consumers: views.destinations
      .filter(({ id }) => !removed.has(id))
      .flatMap((one) => consumersOf(one).filter(isMine)),
  }
}
