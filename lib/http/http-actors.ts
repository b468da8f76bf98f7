import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Access } from '#lib/access/access.ts'
import type { Caller } from '#lib/access/caller.ts'
import { tokenIn } from '#lib/access/credentials.ts'
import { EVERYTHING } from '#lib/access/grant.ts'
import type { ActorOfRequest } from '#lib/commands/actor.ts'
import {
  ADDRESS_COMMANDS_BURST,
  ADDRESS_COMMANDS_PER_SECOND,
  COMMANDS_BURST,
  COMMANDS_PER_SECOND,
} from '#lib/protocol/limits.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { createBuckets } from '#lib/util/buckets.ts'
import { createTokenBucket, type TokenBucket } from '#lib/util/token-bucket.ts'

/**
 * Tell a route handler, which sees no connection, who asks. `createRequestListener` sets them on every request, over
 * whatever a caller sent under these names.
 */
const CLIENT_ADDRESS_HEADER = 'x-switchboard-client-address'
const CONNECTION_HEADER = 'x-switchboard-connection'
const SECURE_HEADER = 'x-switchboard-secure'

const connections = new WeakMap<Socket, string>()
let lastConnection = 0

function idOf(socket: Socket): string {
  const known = connections.get(socket)
  if (known !== undefined) return known
  lastConnection += 1
  const id = String(lastConnection)
  connections.set(socket, id)
  return id
}

export function setCaller(request: IncomingMessage, { address, host, secure }: Caller): void {
  request.headers[CLIENT_ADDRESS_HEADER] = address
  request.headers[SECURE_HEADER] = String(secure)
  // What is made of the address asked for, such as a redirection, is made of the one that people see.
  if (host !== undefined) request.headers.host = host
  request.headers[CONNECTION_HEADER] = idOf(request.socket)
}

export const clientAddressOf = (request: Request): string =>
  request.headers.get(CLIENT_ADDRESS_HEADER) ?? 'unknown'

/** The caller's browser came over TLS. */
export const isSecure = (request: Request): boolean => request.headers.get(SECURE_HEADER) === 'true'

export const tokenOf = ({ headers }: Request): string | undefined =>
  tokenIn({ authorization: headers.get('authorization'), cookie: headers.get('cookie') })

/** The limits over HTTP: what one connection may send, and what all of one address may. */
export interface HttpLimits {
  connection(): TokenBucket
  address(): TokenBucket
}

const LIMITS: HttpLimits = {
  connection: () => createTokenBucket(COMMANDS_PER_SECOND, COMMANDS_BURST),
  address: () => createTokenBucket(ADDRESS_COMMANDS_PER_SECOND, ADDRESS_COMMANDS_BURST),
}

/**
 * The actors of HTTP requests. A connection that is refused takes nothing of its address's limit, so that one program in a
 * loop leaves the others behind the same address theirs.
 */
export function createHttpActors(rooms: Rooms, access: Access, limits: HttpLimits = LIMITS): ActorOfRequest {
  const ofConnection = createBuckets(limits.connection)
  const ofAddress = createBuckets(limits.address)
  return (request, name) => {
    const clientAddress = clientAddressOf(request)
    const connection = ofConnection(request.headers.get(CONNECTION_HEADER) ?? clientAddress)
    const address = ofAddress(clientAddress)
    return {
      from: { clientAddress },
      grant: () => (access.sharing ? access.grantOf(tokenOf(request)) : EVERYTHING),
      ...(name === undefined ? {} : { roomNamed: name }),
      bucket: { take: () => connection.take() || address.take() },
      presence: null,
      // Naming a room wakes it, and keeps it awake for the idle time.
      room: async () => {
        const room = await rooms.get(name ?? '')
        await room.touch()
        return room
      },
    }
  }
}
