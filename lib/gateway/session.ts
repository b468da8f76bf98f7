import type { Join } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Person, RoomSnapshot } from '#lib/protocol/room.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type { Channel, Member } from './channel.ts'

type Place =
  | { at: 'nowhere' }
  | { at: 'room'; room: Room; channel: Channel; person: Person; exit: Unsubscribe; release: Unsubscribe }

/** One socket's stay: which room it is in, and as whom. `leave` gives back all it holds there. */
export interface Session {
  /** Throws `room-not-found` and stays where it is. The same person in the same room again only becomes live again. */
  join(input: Join): RoomSnapshot
  /** Idempotent. */
  leave(): void
  update(look: { name: string; colour: number }): void
  /** Throws `wrong-state` outside a room, `room-not-found` when it is gone. */
  here(): { room: Room; person: Person }
}

export function createSession(
  member: Member,
  rooms: Pick<Rooms, 'get'>,
  channelOf: (room: Room) => Channel,
): Session {
  let place: Place = { at: 'nowhere' }

  const leave = () => {
    if (place.at === 'nowhere') return
    const { channel, exit, release } = place
    place = { at: 'nowhere' }
    channel.leave(member)
    exit()
    release()
  }

  const enter = (room: Room, person: Person): RoomSnapshot => {
    const exit = room.enter(person)
    const release = room.watch()
    const channel = channelOf(room)
    place = { at: 'room', room, channel, person, exit, release }
    return channel.join(member)
  }

  const inside = () => {
    if (place.at === 'nowhere') throw new AppError('wrong-state', 'join a room first')
    if (rooms.get(place.room.name) !== place.room) throw new AppError('wrong-state', 'join the room again')
    return place
  }

  const update = (look: { name: string; colour: number }) => {
    const here = inside()
    if (here.person.name === look.name && here.person.colour === look.colour) return
    const person = { ...here.person, ...look }
    here.room.updatePerson(person)
    here.person = person
  }

  return {
    join: ({ room: name, personId, ...look }) => {
      const room = rooms.get(name)
      if (place.at === 'room' && place.room === room && place.person.id === personId) {
        update({ name: look.name, colour: look.colour })
        return place.channel.join(member)
      }
      leave()
      return enter(room, { id: personId, name: look.name, colour: look.colour })
    },
    leave,
    update,
    here: () => {
      const { room, person } = inside()
      return { room, person }
    },
  }
}
