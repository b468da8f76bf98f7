import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { Recording } from './format.ts'

/**
 * The room before a recording's first event, as far as it is known: those parts of the snapshot (taken when recording
 * began, after the history in it) that no event up to then is about. The rest appears with its own events.
 */
export function openingOf({ header, events }: Recording): RoomSnapshot {
  const { snapshot } = header
  const mentioned = mentionedIn(events, snapshot)
  const { lesson, ...rest } = snapshot
  return {
    ...rest,
    ...(lesson === undefined || mentioned.has('lesson') ? {} : { lesson }),
    epoch: events[0]?.epoch ?? snapshot.epoch,
    seq: Math.max(0, (events[0]?.seq ?? 1) - 1),
    // Events say which numbers were given by then.
    number: 0,
    destinations: snapshot.destinations.filter(({ id }) => !mentioned.has(`destination ${id}`)),
    consumers: snapshot.consumers.filter(({ id }) => !mentioned.has(`consumer ${id}`)),
    brokers: snapshot.brokers.filter(({ system }) => !mentioned.has(`broker ${system}`)),
    loads: snapshot.loads.filter(({ system }) => !mentioned.has(`load ${system}`)),
    people: mentioned.has('people') ? [] : snapshot.people,
    vote: mentioned.has('vote') ? null : snapshot.vote,
    scores: mentioned.has('scores') ? [] : snapshot.scores,
  }
}

function mentionedIn(events: readonly RoomEvent[], { epoch, seq }: RoomSnapshot): Set<string> {
  const mentioned = new Set<string>()
  for (const event of events) {
    if (event.epoch !== epoch || event.seq > seq) break
    if (event.kind === 'destination') {
      mentioned.add(`destination ${event.now?.id ?? `${event.system}:${event.destination}`}`)
    } else if (event.kind === 'consumer') mentioned.add(`consumer ${event.now.id}`)
    else if (event.kind === 'broker' || event.kind === 'load') mentioned.add(`${event.kind} ${event.system}`)
    else if (event.kind === 'people' || event.kind === 'lesson') mentioned.add(event.kind)
    else if (event.kind === 'vote') {
      mentioned.add('vote')
      if (event.scores) mentioned.add('scores')
    }
  }
  return mentioned
}
