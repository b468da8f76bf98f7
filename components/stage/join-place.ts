import type { RoomShare } from '#lib/protocol/access-commands.ts'
import { shownJoinCode } from '#lib/protocol/join-code.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { joinAddressOf } from '../access/join-address.ts'

/** Where people join a room: the address to read, the code to type there, and the link that holds both. */
export interface JoinPlace {
  address: string
  code: string
  url: string
  /** Phones can open it; else it is this machine's alone. */
  reachable: boolean
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * The best of the addresses at which other machines come in. Where the server names none, the one under which this page was
 * opened, which leads somewhere on other machines unless it is loopback.
 */
export function joinPlaceOf({ code, addresses }: RoomShare, origin: string): JoinPlace {
  const url = new URL(addresses[0] ?? pageAddress(`/join/${code}`), origin)
  return {
    ...{ address: joinAddressOf(url.href), code: shownJoinCode(code), url: url.href },
    reachable: !LOOPBACK.test(url.hostname),
  }
}
