import { AppError } from '#lib/protocol/errors.ts'
import type { Link } from './link.ts'
import { asOperationError } from './reasons.ts'

/**
 * Makes sure that each of `keys` is free or holds what it should. Returns which of them are there. Throws AppError
 * `broker-refused` in plain words where a key holds something else, which is left as it is.
 */
export async function mustHold(
  { redis }: Link,
  keys: readonly string[],
  type: 'stream' | 'list',
): Promise<Set<string>> {
  const types = await Promise.all(keys.map((key) => redis.type(key))).catch((error: unknown) => {
    throw asOperationError(error)
  })
  const there = new Set<string>()
  keys.forEach((key, index) => {
    const found = types[index] ?? 'none'
    if (found === 'none') return
    if (found !== type) {
      const reason = `the key "${key}" holds a ${found} on this Redis, and so cannot be a ${type}`
      throw new AppError('broker-refused', `Redis refused: ${reason}`, { detail: { reason } })
    }
    there.add(key)
  })
  return there
}
