import { LOBBY } from '#lib/protocol/names.ts'

/**
 * How a room's names read on the brokers: bare in the lobby, so that programs outside can join in, and behind
 * `sb.<room>.` elsewhere, so that rooms never meet.
 */
export interface Naming {
  /** Whether what this room declares is its own, to be deleted with it. */
  readonly owned: boolean
  address(destination: string): string
  group(group: string): string
  /** A destination's or group's name as the room calls it; what is not this room's stays as the broker has it. */
  bare(name: string): string
}

/** Every name of ours that is not the lobby's begins like this. */
export const PREFIX = 'sb.'

export function createNaming(room: string): Naming {
  const prefix = room === LOBBY ? '' : `${PREFIX}${room}.`
  return {
    owned: prefix !== '',
    address: (destination) => prefix + destination,
    group: (group) => prefix + group,
    bare: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
  }
}
