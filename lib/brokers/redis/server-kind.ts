import type { Redis } from 'ioredis'
import { AppError } from '#lib/protocol/errors.ts'
import { isErrorReply } from './failures.ts'

/** What kind of server a connection found: its place among others decides what can be kept on it. */
export interface ServerKind {
  /** `redis`, `valkey`. */
  readonly server: string
  readonly version: string
  /** Redis's number for this connection; null where it did not say. */
  readonly clientId: number | null
  readonly isCluster: boolean
  readonly isReplica: boolean
}

/**
 * HELLO without arguments, which every user may run (redis.io/docs/latest/commands/hello). Null before Redis 6.2, where it
 * needs an argument that would change the protocol.
 */
export async function askKind(redis: Redis): Promise<ServerKind | null> {
  try {
    return readKind(await redis.call('HELLO'))
  } catch (error) {
    if (isErrorReply(error)) return null
    throw error
  }
}

/** Its answer is a map on RESP3 and a flat list of names and values on RESP2. */
function readKind(reply: unknown): ServerKind {
  const fields = new Map<string, unknown>()
  if (Array.isArray(reply)) {
    for (let index = 0; index + 1 < reply.length; index += 2)
      fields.set(String(reply[index]), reply[index + 1])
  } else if (reply instanceof Map) {
    for (const [name, value] of reply) fields.set(String(name), value)
  } else if (typeof reply === 'object' && reply !== null) {
    for (const [name, value] of Object.entries(reply)) fields.set(name, value)
  }
  const text = (name: string) => String(fields.get(name) ?? '')
  const id = Number(fields.get('id'))
  return {
    server: text('server') || 'redis',
    version: text('version') || 'unknown',
    clientId: Number.isInteger(id) && id > 0 ? id : null,
    isCluster: text('mode') === 'cluster',
    isReplica: /^(replica|slave)$/.test(text('role')),
  }
}

/** `INFO server` of an older Redis, which does not say there whether it is a replica. */
export function kindFromInfo(info: string): ServerKind {
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  return {
    server: field('server_name') ?? 'redis',
    version: field('redis_version') ?? 'unknown',
    clientId: null,
    isCluster: field('redis_mode') === 'cluster',
    isReplica: false,
  }
}

interface Asked {
  readonly redis: Redis
  /** As it was when the connection opened. */
  readonly kind: ServerKind
}

/** A primary may have become a replica, and a replica a primary, while its clients stayed connected. */
const kindNow = async ({ redis, kind }: Asked): Promise<ServerKind> => (await askKind(redis)) ?? kind

/**
 * Throws AppError `broker-refused` for what cannot be kept on such a server: a stream or a list uses several keys, which a
 * cluster spreads over its nodes, and a replica takes no writes.
 */
export async function mustKeepKeys(connection: Asked, type: 'stream' | 'list'): Promise<void> {
  const { isCluster, isReplica } = await kindNow(connection)
  if (!isCluster && !isReplica) return
  const reason = isCluster
    ? `this Redis is a node of a cluster, where a ${type} and what belongs to it would lie on several nodes; channels work there`
    : `this Redis is a replica, which takes no writes, and a ${type} is written to; name its primary instead`
  throw new AppError('broker-refused', `Redis refused: ${reason}`, { detail: { reason } })
}

/** What publish/subscribe is like on such a server; undefined on an ordinary one. */
export async function channelNote(connection: Asked): Promise<string | undefined> {
  const { isCluster, isReplica } = await kindNow(connection)
  if (isReplica) {
    return 'This Redis is a replica: it passes on what is published at its primary, but what is published here stays here.'
  }
  if (!isCluster) return undefined
  return 'This Redis is a node of a cluster: a channel is heard on every node, but only the subscribers of this one are counted.'
}
