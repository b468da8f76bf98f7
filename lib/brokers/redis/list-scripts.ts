import type { Redis } from 'ioredis'
import * as z from 'zod'

/** KEYS: the worker's own list, the list. ARGV: the element, the command that pushes it. */
const MOVE_BACK = `
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
redis.call(ARGV[2], KEYS[2], ARGV[1])
return 1`

/** KEYS: as above. */
const MOVE_ALL_BACK = `
local count = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do count = count + 1 end
return count`

const countSchema = z.number()

/** The keys of a worker's own list and of the list. */
interface Lists {
  from: string
  to: string
}

/**
 * Moves an element back only if it is still there, in one step: one that another worker has put back already must not be
 * put back twice. False when it was not there any more. Throws the raw error.
 */
export async function moveBack(
  redis: Redis,
  { from, to, element, push }: Lists & { element: Buffer; push: 'RPUSH' | 'LPUSH' },
): Promise<boolean> {
  return countSchema.parse(await redis.eval(MOVE_BACK, 2, from, to, element, push)) > 0
}

/** Moves all of a worker's own list to the end that is next, so that its oldest comes first. Throws the raw error. */
export async function moveAllBack(redis: Redis, { from, to }: Lists): Promise<void> {
  await redis.eval(MOVE_ALL_BACK, 2, from, to)
}
