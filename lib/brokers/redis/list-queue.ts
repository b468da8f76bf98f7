import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type {
  ConsumerEvent,
  Declared,
  DestinationSpec,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { noteOf } from '#lib/brokers/kit/declaration-notes.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import { type Connection, connectionName } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { Destination, mustHold } from './destination.ts'
import { readListFacts } from './facts.ts'
import { type ListElement, ListOrder } from './list-order.ts'
import { moveAllBack, moveBack } from './list-scripts.ts'
import { listMode, notCapable } from './manifest.ts'
import type { ItemDelivery } from './metadata.ts'
import { lackNote } from './permissions.ts'
import { pushToList } from './publish.ts'
import { mustKeepKeys } from './server-kind.ts'
import { settledEvent, Worker } from './worker.ts'

/** What a list needs of Redis beside messages. */
const LIST_POWERS = ['INFO', 'CLIENT LIST', 'CLIENT SETNAME', 'CLIENT UNBLOCK'] as const
/** How often a worker looks for what absent workers had not acknowledged. */
const RECOVER_INTERVAL_MS = 500
/** Listing all connections costs Redis more than reading a key: all workers together do it not more often than this. */
const RECOVER_AT_MOST_EVERY_MS = 200
const NOTE =
  'A list has no maximum length, idle times, attempts or dead letters: those settings do nothing here.'

const bodySchema = z.instanceof(Buffer).nullable()
const popSchema = z.tuple([z.instanceof(Buffer), z.instanceof(Buffer)]).nullable()

/** One unacked element. */
interface UnackedElement {
  readonly body: Buffer
  readonly element: ListElement
}

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
  #recoveredAt = Number.NEGATIVE_INFINITY
  #recovering: Promise<void> | undefined

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

  facts(): Promise<QueueFacts> {
    return readListFacts(this.parts.questions(), this)
  }

  /** Puts back what absent workers had: those neither attached here nor known to Redis as a connection. */
  recover(connection: Connection): Promise<void> {
    if (this.#recovering) return this.#recovering
    if (performance.now() - this.#recoveredAt < RECOVER_AT_MOST_EVERY_MS) return Promise.resolve()
    this.#recoveredAt = performance.now()
    this.#recovering = this.#recoverAbsent(connection).finally(() => {
      this.#recovering = undefined
    })
    return this.#recovering
  }

  /** Puts back what this worker had. */
  async recoverFrom({ redis }: Connection, worker: string): Promise<void> {
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
      if (keep) await this.recoverFrom(connection, name)
      else await redis.del(this.processing(name))
    }
    if (isMembersForeign && names.length > 0) await redis.srem(this.members, ...names)
    const keys = [...(isMembersForeign ? [] : [this.members]), ...(keep ? [] : [this.address])]
    if (keys.length > 0) await redis.del(...keys)
  }

  async #recoverAbsent(connection: Connection): Promise<void> {
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
      await this.recoverFrom(connection, name)
      await redis.srem(this.members, name)
    }
  }
}

/**
 * A worker of a list. What it receives moves in one step to a list of its own, and leaves that when it is acknowledged. A
 * crash therefore loses nothing: the next worker that looks puts back what the crashed one had, once Redis shows no
 * connection by its name. With `ackMode` `none` there is no such list, and what was received is gone.
 */
class ListWorker extends Worker<UnackedElement> {
  protected readonly goneReason = 'it was not in its list any more: it had been put back'
  readonly #queue: ListQueue
  readonly #name: string
  /** The key of its own list. */
  readonly #own: string

  /** Throws AppError `not-capable` for a reader of dead letters. */
  constructor(options: ConsumerOptions, queue: ListQueue) {
    super(options, listMode)
    this.#queue = queue
    this.#name = options.spec.name
    this.#own = queue.processing(this.#name)
    if (this.settings.reads === 'dead-letters') throw notCapable(listMode, 'deadLetters')
  }

  override onEnded(): void {
    this.#queue.present.delete(this.#name)
    super.onEnded()
  }

  protected async join(connection: Connection): Promise<void> {
    this.#queue.mustExist()
    await connection.redis.sadd(this.#queue.members, this.#name)
    this.#queue.present.add(this.#name)
    this.#queue.ours.add(this.#name)
    // Left over from before: no other worker has this name.
    await this.#queue.recoverFrom(connection, this.#name)
  }

  /** Waits for the first (BLMOVE); what else is there already comes with it. */
  protected async next(
    { redis, blockMs }: Connection,
    capacity: number,
    noAck: boolean,
  ): Promise<Array<ItemDelivery<UnackedElement>>> {
    const { address } = this.#queue
    const blockS = String(blockMs / 1_000)
    if (noAck) {
      const popped = popSchema.parse(await redis.callBuffer('BRPOP', address, blockS))
      return popped ? [this.#deliveryOf(this.#take(popped[1]))] : []
    }
    const args = [address, this.#own, 'RIGHT', 'LEFT']
    const first = bodySchema.parse(await redis.callBuffer('BLMOVE', ...args, blockS))
    if (!first) return []
    const bodies = [first]
    if (capacity > 1) {
      const pipeline = redis.pipeline()
      for (let index = 1; index < capacity; index++) pipeline.callBuffer('LMOVE', ...args)
      for (const [error, reply] of (await pipeline.exec()) ?? []) {
        if (error) throw error
        const body = bodySchema.parse(reply)
        if (body) bodies.push(body)
      }
    }
    return bodies.map((body) => {
      const unacked = this.#take(body)
      this.#mine().add(unacked)
      return this.#deliveryOf(unacked)
    })
  }

  protected reclaim(connection: Connection): Promise<void> {
    return this.#queue.recover(connection)
  }

  protected reclaimEveryMs(): number {
    return RECOVER_INTERVAL_MS
  }

  protected async writeSettlement(
    connection: Connection,
    { item, delivery }: Unacked<UnackedElement>,
    verb: SettleVerb,
  ): Promise<ConsumerEvent[]> {
    if (verb === 'requeue') {
      return this.settled('requeued', delivery, await this.#putBack(connection, item, 'LPUSH'))
    }
    const isOurs = (await connection.redis.lrem(this.#own, -1, item.body)) > 0
    this.#mine().delete(item)
    if (verb === 'ack') return this.settled('acknowledged', delivery, isOurs)
    return [settledEvent('rejected', delivery, 'broker', 'removed, and gone: a list has no dead letters')]
  }

  protected async release(
    connection: Connection,
    unacked: ReadonlyArray<Unacked<UnackedElement>>,
    unseen: readonly UnackedElement[],
  ): Promise<ConsumerEvent[]> {
    const events: ConsumerEvent[] = []
    // The newest first, so that the oldest is next again.
    for (const element of [...unseen].reverse()) await this.#putBack(connection, element, 'RPUSH')
    for (const { item, delivery } of [...unacked].reverse()) {
      const isOurs = await this.#putBack(connection, item, 'RPUSH')
      events.unshift(settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left'))
    }
    await connection.redis.srem(this.#queue.members, this.#name)
    this.#queue.present.delete(this.#name)
    return events
  }

  /** What it has in its own list on Redis. */
  #mine(): Set<UnackedElement> {
    const { unacked } = this.#queue
    const mine = unacked.get(this.#name) ?? new Set()
    unacked.set(this.#name, mine)
    return mine
  }

  #take(body: Buffer): UnackedElement {
    return { body, element: this.#queue.order.take(body) }
  }

  /** RPUSH: it is next again; LPUSH: it is last. False when it was not in its own list any more. */
  async #putBack({ redis }: Connection, item: UnackedElement, push: 'RPUSH' | 'LPUSH'): Promise<boolean> {
    this.#mine().delete(item)
    // Before it is written: another worker may receive it before the answer is here.
    this.#queue.order.putBack(item.element, item.body)
    return moveBack(redis, { from: this.#own, to: this.#queue.address, element: item.body, push })
  }

  #deliveryOf(item: UnackedElement): ItemDelivery<UnackedElement> {
    const { messageId, identity, attempts } = item.element
    const content = {
      messageId,
      identity,
      body: item.body,
      // How often an outside element was delivered to others before is not known.
      attempt: messageId === null ? null : attempts,
      redelivered: attempts > 1,
      address: { kind: 'item', list: this.#queue.address } as const,
    }
    return { item, content }
  }
}
