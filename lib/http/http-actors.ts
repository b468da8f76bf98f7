import type { IncomingMessage } from 'node:http'
import type { ActorOfRequest } from '#lib/commands/actor.ts'
import { createTokenBucket, type TokenBucket } from '#lib/commands/token-bucket.ts'
import type { Rooms } from '#lib/rooms/contract.ts'

/**
 * Tells a route handler, which sees no connection, who asks. `createRequestListener` sets it on every request, over
 * whatever a caller sent under this name.
 */
const CLIENT_ADDRESS_HEADER = 'x-switchboard-client-address'

/** Addresses whose limits are remembered; then the one that has been quiet for longest is forgotten, its bucket being full. */
const ADDRESSES_MAX = 10_000

export function setClientAddress(request: IncomingMessage): void {
  request.headers[CLIENT_ADDRESS_HEADER] = request.socket.remoteAddress ?? 'unknown'
}

export const clientAddressOf = (request: Request): string =>
  request.headers.get(CLIENT_ADDRESS_HEADER) ?? 'unknown'

/** The actors of HTTP requests, with the limits of their client addresses. */
export function createHttpActors(
  rooms: Rooms,
  createBucket: () => TokenBucket = createTokenBucket,
): ActorOfRequest {
  const buckets = new Map<string, TokenBucket>()

  function bucketOf(address: string): TokenBucket {
    const bucket = buckets.get(address) ?? createBucket()
    buckets.delete(address)
    buckets.set(address, bucket)
    for (const oldest of buckets.keys()) {
      if (buckets.size <= ADDRESSES_MAX) break
      buckets.delete(oldest)
    }
    return bucket
  }

  return (request, name) => {
    const clientAddress = clientAddressOf(request)
    return {
      from: { clientAddress },
      role: 'presenter',
      bucket: bucketOf(clientAddress),
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
