import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { Recording } from './format.ts'

/**
 * The room before a recording's first event, as far as it can be told: what the snapshot (taken when recording began,
 * after the history in it) holds and no event up to then speaks of. The rest appears with its own events.
 */
export function openingOf({ header, events }: Recording): RoomSnapshot {
  const { snapshot } = header
  const spoken = spokenOf(events, snapshot)
  return {
    ...snapshot,
    epoch: events[0]?.epoch ?? snapshot.epoch,
    seq: Math.max(0, (events[0]?.seq ?? 1) - 1),
    destinations: snapshot.destinations.filter(({ id }) => !spoken.has(`destination ${id}`)),
    consumers: snapshot.consumers.filter(({ id }) => !spoken.has(`consumer ${id}`)),
    brokers: snapshot.brokers.filter(({ system }) => !spoken.has(`broker ${system}`)),
    loads: snapshot.loads.filter(({ system }) => !spoken.has(`load ${system}`)),
    people: spoken.has('people') ? [] : snapshot.people,
  }
}

function spokenOf(events: readonly RoomEvent[], { epoch, seq }: RoomSnapshot): Set<string> {
  const spoken = new Set<string>()
  for (const event of events) {
    if (event.epoch !== epoch || event.seq > seq) break
    if (event.kind === 'destination') {
      spoken.add(`destination ${event.now?.id ?? `${event.system}:${event.destination}`}`)
    } else if (event.kind === 'consumer') spoken.add(`consumer ${event.now.id}`)
    else if (event.kind === 'broker' || event.kind === 'load') spoken.add(`${event.kind} ${event.system}`)
    else if (event.kind === 'people') spoken.add('people')
  }
  return spoken
}
