import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { ListedRoom } from '#lib/protocol/room-making-commands.ts'
import type { PersistedGathering, PersistedName } from './persisted-gathering.ts'
import type { PersistedRoom } from './persisted-rooms.ts'
import type { RoomParts } from './room-parts.ts'

/** The room as it is now: contains the effect of every event up to its `seq`, and of none after it. */
export function snapshotOf(parts: RoomParts): RoomSnapshot {
  const { ctx, destinations, consumers, people, loads, lesson, seats, votes } = parts
  const { stream, slots, messages } = ctx
  return {
    ...{ room: stream.room, epoch: stream.epoch, seq: stream.seq, firstSeq: stream.firstSeq },
    number: messages.number,
    destinations: destinations.list().map((one) => one.now),
    consumers: consumers.list().map((one) => one.now),
    people: people.list(),
    brokers: slots.systems.map((system) => slots.status(system)),
    loads: loads.list(),
    ...(lesson.now === null ? {} : { lesson: lesson.now }),
    seats: seats.rules,
    vote: votes.now,
    scores: votes.scores(),
  }
}

/** The room as a line of the list of rooms. */
export function listedRoom({ ctx, people, lesson }: RoomParts): ListedRoom {
  const title = lesson.now?.title
  return { room: ctx.room, people: people.count, ...(title === undefined ? {} : { lesson: title }) }
}

/** What lets the room go on after the server was started again. */
export function persistedRoom(parts: RoomParts, names: readonly PersistedName[] = []): PersistedRoom {
  const { ctx, scene, lesson, seats } = parts
  return {
    ...{ name: ctx.room, scene: scene.origin, holds: scene.current() },
    ...{ lesson: lesson.now, seats: seats.rules, gathering: persistedGathering(parts, names) },
    ...(lesson.own === null ? {} : { ownLesson: lesson.own }),
  }
}

export const persistedGathering = (
  { votes, people }: RoomParts,
  names: readonly PersistedName[] = [],
): PersistedGathering => ({ votes: votes.toPersist(), people: people.toPersist(), names: [...names] })
