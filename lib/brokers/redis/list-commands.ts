import { z } from 'zod'
import type { Connection } from './connection.ts'

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

/**
 * The keys of one list and the commands on them: the list itself, whose right end is next; one list for each worker, of
 * what it holds; and the set of the workers' names, so that nobody has to search Redis for those lists. All commands throw
 * the raw error.
 */
export class ListCommands {
  readonly list: string
  readonly members: string

  constructor(address: string) {
    this.list = address
    this.members = `${address}.processing`
  }

  /** The key of the worker's own list. */
  processing(worker: string): string {
    return `${this.list}.processing.${worker}`
  }

  /** Waits for the next element and keeps it in the worker's own list (BLMOVE). Null when the wait was ended. */
  async moveNext({ redis }: Connection, worker: string): Promise<Buffer | null> {
    const reply = await redis.callBuffer('BLMOVE', this.list, this.processing(worker), 'RIGHT', 'LEFT', '0')
    return bodySchema.parse(reply)
  }

  /** What is there already, `count` at most, without waiting. */
  async moveMore({ redis }: Connection, worker: string, count: number): Promise<Buffer[]> {
    if (count <= 0) return []
    const pipeline = redis.pipeline()
    for (let index = 0; index < count; index++) {
      pipeline.callBuffer('LMOVE', this.list, this.processing(worker), 'RIGHT', 'LEFT')
    }
    const replies = (await pipeline.exec()) ?? []
    return replies.flatMap(([error, reply]) => {
      if (error) throw error
      return bodySchema.parse(reply) ?? []
    })
  }

  /** Waits for the next element and takes it out for good (BRPOP). Null when the wait was ended. */
  async popNext({ redis }: Connection): Promise<Buffer | null> {
    const reply = popSchema.parse(await redis.callBuffer('BRPOP', this.list, '0'))
    return reply?.[1] ?? null
  }

  /** 0 when it was not in the worker's own list any more. */
  remove({ redis }: Connection, worker: string, body: Buffer): Promise<number> {
    return redis.lrem(this.processing(worker), -1, body)
  }

  /** To the list's end that is `next`, or `last`. False when it was not in the worker's own list any more. */
  async moveBack({ redis }: Connection, worker: string, body: Buffer, to: 'next' | 'last'): Promise<boolean> {
    const push = to === 'next' ? 'RPUSH' : 'LPUSH'
    const moved = await redis.eval(MOVE_BACK, 2, this.processing(worker), this.list, body, push)
    return countSchema.parse(moved) > 0
  }

  async moveAllBack({ redis }: Connection, worker: string): Promise<void> {
    await redis.eval(MOVE_ALL_BACK, 2, this.processing(worker), this.list)
  }
}
