import { randomUUID } from 'node:crypto'
import type { Link } from '../link.ts'
import { createListBook, type Known, type ListBook } from './book.ts'
import { putAllBack } from './commands.ts'
import { keysOf, type ListKeys } from './keys.ts'

/** One element in a worker's hand. */
export interface Element {
  readonly body: Buffer
  readonly known: Known
}

/** What all workers of one list share. */
export interface ListPlace {
  readonly address: string
  readonly keys: ListKeys
  readonly book: ListBook
  isGone(): boolean
  /** What each worker of ours holds as far as Redis has it in the worker's own list, by the worker's name. */
  readonly held: Map<string, Set<Element>>
  /** Names of workers of ours that are at work now. */
  readonly present: Set<string>
  /** Puts back what the absent held: who is neither at work here nor known to Redis as a connection. */
  recover(link: Link): Promise<void>
  /** Puts back what this worker held. */
  recoverFrom(link: Link, consumer: string): Promise<void>
}

/** Looking at all connections of Redis costs it more than looking at a key: not more often than this. */
const RECOVER_EVERY_MS = 200

export function createListPlace(address: string, isGone: () => boolean): ListPlace {
  const keys = keysOf(address)
  const book = createListBook(address, randomUUID())
  const held = new Map<string, Set<Element>>()
  const present = new Set<string>()
  let last = 0
  let running: Promise<void> | undefined

  const recoverFrom = async (link: Link, consumer: string) => {
    await putAllBack(link, keys, consumer)
    // The newest first, so that the oldest of equal texts is foremost again.
    for (const { known, body } of [...(held.get(consumer) ?? [])].reverse()) book.putBack(known, body)
    held.delete(consumer)
  }
  const recoverAbsent = async (link: Link) => {
    const members = await link.redis.smembers(keys.members)
    const absent = members.filter((name) => !present.has(name))
    if (absent.length === 0) return
    const connections = await namesOfConnections(link)
    for (const name of absent) {
      if (present.has(name) || connections.some((found) => found.endsWith(`:${address}:${name}`))) continue
      await recoverFrom(link, name)
      await link.redis.srem(keys.members, name)
    }
  }
  return {
    address,
    keys,
    book,
    isGone,
    held,
    present,
    recoverFrom,
    recover: (link) => {
      if (running) return running
      if (Date.now() - last < RECOVER_EVERY_MS) return Promise.resolve()
      last = Date.now()
      running = recoverAbsent(link).finally(() => {
        running = undefined
      })
      return running
    },
  }
}

async function namesOfConnections({ redis }: Link): Promise<string[]> {
  const list = String(await redis.client('LIST'))
  return [...list.matchAll(/ name=(\S+)/g)].map(([, name]) => name ?? '')
}
