import type { Redis } from 'ioredis'
import { AppError } from '#lib/protocol/errors.ts'
import type { FoundDestination, FoundDestinations } from '#lib/protocol/found-destinations.ts'
import { isNotPermitted } from './permissions.ts'

/** Keys that Redis looks at for one step of SCAN: well under a millisecond of its time. */
const KEYS_PER_STEP = 500
/** So many steps at most, of a database that may hold hundreds of millions of keys. */
const STEPS_MAX = 40
const FIRST_CURSOR = '0'

/** A stream is offered as a log, which takes nothing from others; a list has no other mode than a queue. */
const USES: Record<string, Pick<FoundDestination, 'mode' | 'settings'>> = {
  stream: { mode: 'log', settings: {} },
  list: { mode: 'queue', settings: { kind: 'list' } },
}

/**
 * The first streams and lists that SCAN comes to, by name. Channels are not among them: Redis knows them only while somebody
 * listens, and lists them only all at once.
 */
export async function listKeys(
  redis: Redis,
  wanted: (address: string) => boolean,
  limit: number,
): Promise<FoundDestinations> {
  const found = new Map<string, FoundDestination>()
  let complete = true
  for (const [type, use] of Object.entries(USES)) {
    let cursor = FIRST_CURSOR
    let isThrough = false
    for (let step = 0; step < STEPS_MAX && found.size <= limit && !isThrough; step += 1) {
      const [next, keys] = await scan(redis, cursor, type)
      for (const address of keys.filter(wanted)) found.set(address, { address, ...use })
      cursor = next
      isThrough = next === FIRST_CURSOR
    }
    complete &&= isThrough
  }
  const destinations = [...found.values()]
  return { destinations: destinations.slice(0, limit), complete: complete && destinations.length <= limit }
}

async function scan(redis: Redis, cursor: string, type: string): Promise<[string, string[]]> {
  try {
    return await redis.scan(cursor, 'COUNT', KEYS_PER_STEP, 'TYPE', type)
  } catch (error) {
    if (!isNotPermitted(error)) throw error
    const reason = 'This Redis user may not run SCAN, which lists keys.'
    throw new AppError('not-capable', reason, { cause: error, detail: { reason } })
  }
}
