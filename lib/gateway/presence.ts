import type { Presence } from '#lib/commands/actor.ts'
import type { Join } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Consumer, Person, RoomSnapshot, Shown } from '#lib/protocol/room.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import type { HeldSeat, Room, Rooms } from '#lib/rooms/contract.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { createMutex } from '#lib/util/mutex.ts'
import type { Member, RoomBroadcast } from './room-broadcast.ts'

type Place =
  | { at: 'nowhere' }
  | { at: 'closed-room'; name: string }
  | { at: 'removed'; name: string }
  | {
      at: 'room'
      room: Room
      broadcast: RoomBroadcast
      person: Person
      releases: Unsubscribe[]
      stopShowing?: Unsubscribe
      releaseSeat?: HeldSeat['release']
    }
type Look = Pick<Person, 'name' | 'colour'>

/** One socket's place in a room: at most one, and given back when the socket leaves or disconnects. */
export class SocketPresence implements Presence {
  private readonly member: Member
  private readonly rooms: Pick<Rooms, 'get'>
  private readonly broadcastOf: (room: Room) => RoomBroadcast
  private readonly mutex = createMutex()
  /** Joins that have not ended: commands that were sent after a join wait for it. */
  private joins = 0
  private lastJoin: Promise<unknown> = Promise.resolve()
  private place: Place = { at: 'nowhere' }

  constructor(member: Member, rooms: Pick<Rooms, 'get'>, broadcastOf: (room: Room) => RoomBroadcast) {
    this.member = member
    this.rooms = rooms
    this.broadcastOf = broadcastOf
  }

  get person(): Person | null {
    return this.place.at === 'room' ? this.place.person : null
  }

  /** The room it is in. Throws `wrong-state` outside a room, `room-not-found` when the room was closed. */
  room(): Room | Promise<Room> {
    if (this.joins === 0) return this.inside().room
    const inside = () => this.inside().room
    return this.lastJoin.then(inside, inside)
  }

  join(input: Join): Promise<RoomSnapshot> {
    this.joins += 1
    const join = this.mutex
      .run(() => this.joinNow(input))
      .finally(() => {
        this.joins -= 1
      })
    this.lastJoin = join
    return join
  }

  leave(): Promise<void> {
    return this.mutex.run(async () => this.leaveNow('left'))
  }

  /** The socket is gone without having left. Idempotent. */
  lose(): Promise<void> {
    return this.mutex.run(async () => this.leaveNow('lost'))
  }

  takeSeat(asked: TakeSeat): Promise<Consumer> {
    return this.mutex.run(() => this.takeSeatNow(asked))
  }

  leaveSeat(): Promise<void> {
    return this.mutex.run(async () => {
      const here = this.inside()
      await here.room.leaveSeat(here.person.id)
    })
  }

  dropSeat(): Promise<Consumer> {
    return this.mutex.run(async () => {
      const here = this.inside()
      return await here.room.dropSeat(here.person.id)
    })
  }

  update(look: Look): Promise<void> {
    return this.mutex.run(() => this.updateNow(look))
  }

  show(shows: Shown | null): Promise<void> {
    return this.mutex.run(() => this.showNow(shows))
  }

  private async joinNow({
    room: name,
    personId,
    name: personName,
    colour,
    phone,
  }: Join): Promise<RoomSnapshot> {
    const room = await this.rooms.get(name)
    const look = { name: personName, colour }
    if (this.place.at === 'room' && this.place.room === room && this.place.person.id === personId) {
      await this.updateNow(look)
      return await this.place.broadcast.join(this.member)
    }
    this.leaveNow('left')
    return await this.enter(room, { id: personId, ...look, ...(phone && { phone }) })
  }

  private async enter(room: Room, person: Person): Promise<RoomSnapshot> {
    const releases: Unsubscribe[] = []
    try {
      releases.push(await room.enter(person))
      releases.push(await room.watch())
      releases.push(room.onClosed(() => this.onClosed(room)))
      releases.push(room.access.onRemoved((id) => this.onRemoved(room, id)))
    } catch (error) {
      for (const release of releases) release()
      throw error
    }
    const broadcast = this.broadcastOf(room)
    this.place = { at: 'room', room, broadcast, person, releases }
    return await broadcast.join(this.member)
  }

  private onClosed({ name }: Room): void {
    if (this.place.at !== 'room') return
    const { releases } = this.place
    this.place = { at: 'closed-room', name }
    for (const release of releases) release()
  }

  private onRemoved({ name }: Room, personId: string): void {
    if (this.person?.id !== personId) return
    this.leaveNow('left')
    this.place = { at: 'removed', name }
    this.member.socket.emit('removed', { room: name })
  }

  private leaveNow(how: 'left' | 'lost'): void {
    if (this.place.at === 'room') {
      const { broadcast, releases, stopShowing, releaseSeat } = this.place
      broadcast.leave(this.member)
      stopShowing?.()
      releaseSeat?.(how)
      for (const release of releases) release()
    }
    this.place = { at: 'nowhere' }
  }

  private async updateNow(look: Look): Promise<void> {
    const here = this.inside()
    if (here.person.name === look.name && here.person.colour === look.colour) return
    here.person = { ...here.person, ...look }
    await here.room.updatePerson(here.person)
  }

  private async takeSeatNow(asked: TakeSeat): Promise<Consumer> {
    const here = this.inside()
    const { consumer, release } = await here.room.takeSeat(here.person, asked)
    // A socket holds the seat once, however often it asks. "lost" makes a seat absent only when nobody holds it any more, and by
    // now this socket holds it anew.
    here.releaseSeat?.('lost')
    here.releaseSeat = release
    return consumer
  }

  private async showNow(shows: Shown | null): Promise<void> {
    const here = this.inside()
    const stopBefore = here.stopShowing
    if (shows !== null) here.stopShowing = await here.room.show(here.person.id, shows)
    else delete here.stopShowing
    stopBefore?.()
  }

  private inside(): Extract<Place, { at: 'room' }> {
    const { place } = this
    if (place.at === 'room') return place
    if (place.at === 'nowhere') throw new AppError('wrong-state', 'join a room first')
    if (place.at === 'removed') throw new AppError('person-removed', `removed from the room "${place.name}"`)
    throw new AppError('room-not-found', `the room "${place.name}" is closed`)
  }
}
