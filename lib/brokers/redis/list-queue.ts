import { randomUUID } from 'node:crypto'
import type { Declared, DestinationSpec, OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { noteOf } from '#lib/brokers/kit/declaration-notes.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import { type Connection, connectionName } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { Destination, mustHold, nullWhereReplaced } from './destination.ts'
import { readListFacts } from './facts.ts'
import { ListOrder } from './list-order.ts'
import { moveAllBack } from './list-scripts.ts'
import { ListWorker, type UnackedElement } from './list-worker.ts'
import { listMode, notCapable } from './manifest.ts'
import { lackNote } from './permissions.ts'
import { pushToList } from './publish.ts'
import { mustKeepKeys } from './server-kind.ts'

/** What a list needs of Redis beside messages. */
const LIST_POWERS = ['INFO', 'CLIENT LIST', 'CLIENT SETNAME', 'CLIENT UNBLOCK'] as const
/** Listing all connections costs Redis more than reading a key: all workers together do it not more often than this. */
const RECLAIM_AT_MOST_EVERY_MS = 200
const NOTE =
  'A list has no maximum length, idle times, attempts or dead letters: those settings do nothing here.'

/**
 * A bare list: an element is the text and nothing else, and leaves the list when it is delivered. Its right end is next.
 * Beside it there is one list for each worker, of what that has not acknowledged, and the set of the workers' names, so
 * that nobody has to search Redis for those lists.
 */
export class ListQueue extends Destination {
  readonly kind = 'list'
  readonly order: ListOrder
  /** The key of the set of the workers' names. */
  readonly members: string
  /** What each worker of ours has in its own list on Redis, by the worker's name. */
  readonly unacked = new Map<string, Set<UnackedElement>>()
  /** Names of workers of ours that are attached now. */
  readonly present = new Set<string>()
  readonly ours = new Set<string>()
  /** The set of the workers' names was there before it was declared here for the first time. */
  #hadMembers: boolean | undefined
  #reclaimedAt = Number.NEGATIVE_INFINITY
  #reclaiming: Promise<void> | undefined

  constructor(parts: DriverParts, address: string) {
    super(parts, address)
    this.members = `${address}.processing`
    this.order = new ListOrder(address, randomUUID())
  }

  /** The key of the worker's own list. */
  processing(worker: string): string {
    return `${this.members}.${worker}`
  }

  async declare({ owned, shared = false }: DestinationSpec): Promise<Declared> {
    const connection = this.parts.questions()
    await mustKeepKeys(connection, 'list')
    const existed = (await mustHold(connection, [this.address], 'list')).has(this.address)
    this.#hadMembers ??= (await mustHold(connection, [this.members], 'set')).size > 0
    this.existedBefore ??= existed
    this.isOwned = owned
    this.isShared = shared
    const note = noteOf(NOTE, lackNote(connection.lacks, LIST_POWERS))
    return { traits: ['list', 'bare texts'], ...note, existed }
  }

  async alter(): Promise<Declared> {
    throw notCapable(listMode, 'alter')
  }

  protected write(message: OutgoingMessage): Promise<Receipt> {
    return pushToList(this.parts.publisher(), this.address, this.order, message)
  }

  createConsumer(options: ConsumerOptions): RedisConsumer {
    return new ListWorker(options, this)
  }

  async facts(): Promise<QueueFacts> {
    const facts = await nullWhereReplaced(readListFacts(this.parts.questions(), this))
    if (facts === null) this.foundMissing()
    this.noteFound()
    return facts
  }

  protected override goneReason(): string {
    return `the key "${this.address}", or the set of its workers, holds something else than a list by now`
  }

  /** Reclaims what absent workers had: of those neither attached here nor known to Redis as a connection. */
  reclaim(connection: Connection): Promise<void> {
    if (this.#reclaiming) return this.#reclaiming
    if (performance.now() - this.#reclaimedAt < RECLAIM_AT_MOST_EVERY_MS) return Promise.resolve()
    this.#reclaimedAt = performance.now()
    this.#reclaiming = this.#reclaimFromAbsent(connection).finally(() => {
      this.#reclaiming = undefined
    })
    return this.#reclaiming
  }

  /** Moves what this worker had back into the list. */
  async reclaimFrom({ redis }: Connection, worker: string): Promise<void> {
    await moveAllBack(redis, { from: this.processing(worker), to: this.address })
    // The newest first, so that the oldest of equal texts is foremost again.
    const unacked = [...(this.unacked.get(worker) ?? [])].reverse()
    for (const { element, body } of unacked) this.order.putBack(element, body)
    this.unacked.delete(worker)
  }

  protected async delete(connection: Connection, keep: boolean): Promise<void> {
    const { redis } = connection
    const isMembersForeign = this.isShared && this.#hadMembers === true
    const names = isMembersForeign ? [...this.ours] : await redis.smembers(this.members)
    for (const name of names) {
      if (keep) await this.reclaimFrom(connection, name)
      else await redis.del(this.processing(name))
    }
    if (isMembersForeign && names.length > 0) await redis.srem(this.members, ...names)
    const keys = [...(isMembersForeign ? [] : [this.members]), ...(keep ? [] : [this.address])]
    if (keys.length > 0) await redis.del(...keys)
  }

  async #reclaimFromAbsent(connection: Connection): Promise<void> {
    const { redis, lacks } = connection
    // Who is gone is not known: a worker that is only slow must not lose what it holds.
    if (lacks.has('CLIENT LIST')) return
    const members = await redis.smembers(this.members)
    // Somebody deleted the key: without its name, nobody would look for what a worker had.
    const unlisted = [...this.present].filter((name) => !members.includes(name))
    if (unlisted.length > 0) await redis.sadd(this.members, ...unlisted)
    const absent = members.filter((name) => !this.present.has(name))
    if (absent.length === 0) return
    const clients = String(await redis.client('LIST'))
    const connected = [...clients.matchAll(/ name=(\S+)/g)].map(([, name]) => name ?? '')
    for (const name of absent) {
      const suffix = connectionName(`:${this.address}:${name}`)
      if (this.present.has(name) || connected.some((found) => found.endsWith(suffix))) continue
      await this.reclaimFrom(connection, name)
      await redis.srem(this.members, name)
    }
  }
}
