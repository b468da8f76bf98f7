import { z } from 'zod'
import type { Connection } from './connection.ts'

/**
 * The keys of one list: the list itself, whose right end is next; one list for each worker, of what it holds; and the set
 * of the workers' names, so that nobody has to search Redis for those lists.
 */
export interface ListKeys {
  readonly list: string
  readonly members: string
  processing(worker: string): string
}

export const keysOf = (address: string): ListKeys => ({
  list: address,
  members: `${address}.processing`,
  processing: (worker) => `${address}.processing.${worker}`,
})

/**
 * Moves an element back only if it is still there, in one step: one that another worker has put back already must not be
 * put back twice. KEYS: the worker's own list, the list. ARGV: the element, the command that pushes it.
 */
const MOVE_BACK = `
if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
redis.call(ARGV[2], KEYS[2], ARGV[1])
return 1`

/** Moves all of a worker's own list to the end that is next, so that its oldest comes first. */
const MOVE_ALL_BACK = `
local count = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do count = count + 1 end
return count`

const bodySchema = z.instanceof(Buffer).nullable()
const popSchema = z.tuple([z.instanceof(Buffer), z.instanceof(Buffer)]).nullable()
const countSchema = z.number()

/** Waits for the next element and keeps it in the worker's own list (BLMOVE). Null when the wait was ended. */
export const moveNext = async ({ redis }: Connection, keys: ListKeys, me: string): Promise<Buffer | null> =>
  bodySchema.parse(await redis.callBuffer('BLMOVE', keys.list, keys.processing(me), 'RIGHT', 'LEFT', '0'))

/** What is there already, `count` at most, without waiting. */
export async function moveMore(
  { redis }: Connection,
  keys: ListKeys,
  me: string,
  count: number,
): Promise<Buffer[]> {
  if (count <= 0) return []
  const pipeline = redis.pipeline()
  for (let index = 0; index < count; index++) {
    pipeline.callBuffer('LMOVE', keys.list, keys.processing(me), 'RIGHT', 'LEFT')
  }
  const replies = (await pipeline.exec()) ?? []
  return replies.flatMap(([error, reply]) => {
    if (error) throw error
    return bodySchema.parse(reply) ?? []
  })
}

/** Waits for the next element and takes it out for good (BRPOP). Null when the wait was ended. */
export async function popNext({ redis }: Connection, keys: ListKeys): Promise<Buffer | null> {
  const reply = popSchema.parse(await redis.callBuffer('BRPOP', keys.list, '0'))
  return reply?.[1] ?? null
}

/** 0 when it was not in the worker's own list any more. */
export const remove = ({ redis }: Connection, keys: ListKeys, me: string, body: Buffer): Promise<number> =>
  redis.lrem(keys.processing(me), -1, body)

/** To the list's end that is `next`, or `last`. False when it was not in the worker's own list any more. */
export async function moveBack(
  { redis }: Connection,
  keys: ListKeys,
  me: string,
  body: Buffer,
  to: 'next' | 'last',
): Promise<boolean> {
  const push = to === 'next' ? 'RPUSH' : 'LPUSH'
  return countSchema.parse(await redis.eval(MOVE_BACK, 2, keys.processing(me), keys.list, body, push)) > 0
}

export const moveAllBack = async ({ redis }: Connection, keys: ListKeys, me: string): Promise<void> =>
  void (await redis.eval(MOVE_ALL_BACK, 2, keys.processing(me), keys.list))
