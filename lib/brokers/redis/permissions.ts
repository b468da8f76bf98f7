import type { Redis } from 'ioredis'

/** What the dashboard asks of Redis beside messages, and what it does without where the user may not run it (ACL). */
const CONSEQUENCES = {
  INFO: 'a restart of Redis cannot be told from a lost connection',
  PUBSUB: 'subscribers are not counted',
  'CLIENT LIST': 'what Redis holds for slow subscribers is not known, nor which workers of a list are gone',
  'CLIENT SETNAME': 'other programs take a worker of a list here for gone, and do its work again',
  'CLIENT UNBLOCK': 'a consumer that waits for messages leaves, pauses and changes up to half a second late',
} as const

export type Power = keyof typeof CONSEQUENCES
const POWERS = Object.keys(CONSEQUENCES) as Power[]

/** Questions that change nothing: the connection has that name already, and no connection ever has the number 0. */
const questions = (name: string): Record<Power, [string, ...string[]]> => ({
  INFO: ['INFO', 'server'],
  PUBSUB: ['PUBSUB', 'NUMPAT'],
  'CLIENT LIST': ['CLIENT', 'LIST', 'ID', '1'],
  'CLIENT SETNAME': ['CLIENT', 'SETNAME', name],
  'CLIENT UNBLOCK': ['CLIENT', 'UNBLOCK', '0'],
})

const NOT_PERMITTED = /^NOPERM/

/** Whether Redis answered that this user may not run a command. */
export const isNotPermitted = (error: unknown): boolean =>
  error instanceof Error && NOT_PERMITTED.test(error.message)

/** What a connection found when it opened. */
interface Permissions {
  /** What its user may not run. */
  readonly lacks: ReadonlySet<Power>
  /** `INFO server`; empty where that is not permitted. */
  readonly info: string
}

/**
 * Asks in one round trip what the user of the connection of that name may run. Only a refused permission counts: an older Redis that does not
 * know a form of a command is found out where it is used.
 */
export async function askPermissions(redis: Redis, name: string): Promise<Permissions> {
  const pipeline = redis.pipeline()
  const asked = questions(name)
  for (const power of POWERS) pipeline.call(...asked[power])
  const replies = (await pipeline.exec()) ?? []
  const lacks = new Set(POWERS.filter((_, index) => isNotPermitted(replies[index]?.[0])))
  const [failure, info] = replies[POWERS.indexOf('INFO')] ?? [new Error('there was no answer'), null]
  if (failure && !lacks.has('INFO')) throw failure
  return { lacks, info: failure ? '' : String(info) }
}

/** A sentence that names the commands that are not permitted, of those that matter, and what that means; undefined for none. */
export function lackNote(lacks: ReadonlySet<Power>, matter: readonly Power[]): string | undefined {
  const missing = matter.filter((power) => lacks.has(power))
  if (missing.length === 0) return undefined
  const meanings = missing.map((power) => CONSEQUENCES[power]).join('; ')
  return `This Redis user may not run ${missing.join(', ')}: ${meanings}.`
}
