import type { RoomAccess } from './contract.ts'
import type { RoomParts } from './room-parts.ts'

/** What a door asks a room about who comes in, and what a presenter does about them. */
export const accessTo = ({ people, consumers }: RoomParts, code: string): RoomAccess => ({
  code,
  mute: async (personId, muted) => people.mute(personId, muted),
  remove: async (personId) => people.remove(personId),
  hasRemoved: async (personId) => people.hasRemoved(personId),
  onRemoved: (listener) => people.onRemoved(listener),
  ownerOf: async (consumer) => consumers.find(consumer).now.owner?.id,
})
