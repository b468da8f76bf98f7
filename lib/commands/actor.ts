import type { Grant } from '#lib/access/grant.ts'
import type { Join } from '#lib/protocol/command-schemas.ts'
import type { Consumer, Person, RoomSnapshot, Shown } from '#lib/protocol/room.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import type { Room } from '#lib/rooms/contract.ts'
import type { TokenBucket } from '#lib/util/token-bucket.ts'

/** Who runs a command, and from where. */
export interface Actor {
  readonly from: { readonly socket?: string; readonly clientAddress: string }
  /** What it may do. */
  grant(): Grant | Promise<Grant>
  /** The room that a request names; absent on a socket, which has joined one. */
  readonly roomNamed?: string
  readonly bucket: TokenBucket
  /** The room that its commands act on. Throws `wrong-state` when it has none, `room-not-found`. */
  room(): Room | Promise<Room>
  /** Its place in a room; null over HTTP, where nobody is present. */
  readonly presence: Presence | null
}

/** One socket's place in a room, and the person who is there. */
export interface Presence {
  /** Null outside a room. */
  readonly person: Person | null
  /**
   * Throws `room-not-found` and stays where it is. For the same person in the same room it only starts live delivery
   * again.
   */
  join(input: Join): Promise<RoomSnapshot>
  /** Idempotent. */
  leave(): Promise<void>
  update(look: { name: string; colour: number }): Promise<void>
  /** Leads the room with what it shows, until null, until it leaves or until another leads. Throws `wrong-state`. */
  show(shows: Shown | null): Promise<void>
  /** The person's seat in the room, held until this socket leaves. Throws `wrong-state`, and what `Room.takeSeat` throws. */
  takeSeat(asked: TakeSeat): Promise<Consumer>
  /** Idempotent. Throws `wrong-state` outside a room. */
  leaveSeat(): Promise<void>
  /** Throws `wrong-state` without a seat, and what a crash throws. */
  dropSeat(): Promise<Consumer>
}

/**
 * Makes the actor of an HTTP request that names a room, or none. Requests over one connection share a limit, and so do
 * all of one client address.
 */
export type ActorOfRequest = (request: Request, room: string | undefined) => Actor
