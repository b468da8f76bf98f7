import { LOBBY } from '#lib/protocol/lobby.ts'

/**
 * How a room's destinations and groups are named on the brokers. The lobby uses bare names, so that programs outside can
 * join in; every other room puts `sb.<room>.` in front, so that rooms never share anything.
 */
export interface BrokerNames {
  /** Whether what this room declares is its own and is deleted with it. */
  readonly owned: boolean
  address(destination: string): string
  group(group: string): string
  /** The room's own name for a destination or group; a name that is not this room's stays as the broker has it. */
  bare(name: string): string
}

/** Every name that a room other than the lobby uses on a broker begins with this. */
export const ROOM_PREFIX = 'sb.'

export function createBrokerNames(room: string): BrokerNames {
  const prefix = room === LOBBY ? '' : `${ROOM_PREFIX}${room}.`
  return {
    owned: prefix !== '',
    address: (destination) => prefix + destination,
    group: (group) => prefix + group,
    bare: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
  }
}
