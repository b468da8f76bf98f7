import type { Room } from '#lib/rooms/contract.ts'
import { getRuntime } from '#lib/runtime.ts'

export type RoomParams = { room: string }

/** The room a request names. Naming it wakes it and keeps it awake for the idle time. Throws `room-not-found`. */
export function roomOf({ room: name }: RoomParams): Room {
  const room = getRuntime().rooms.get(name)
  room.touch()
  return room
}
