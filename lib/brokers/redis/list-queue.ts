import { randomUUID } from 'node:crypto'
import type {
  ConsumerEvent,
  Declared,
  DestinationSpec,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { Destination, mustHold } from './destination.ts'
import { readListFacts } from './facts.ts'
import { ListCommands } from './list-commands.ts'
import { type ListElement, ListOrder } from './list-order.ts'
import { listMode, notCapable } from './manifest.ts'
import type { ItemDelivery } from './metadata.ts'
import { pushToList } from './publish.ts'
import { settledEvent, Worker } from './worker.ts'

/** How often a worker looks for what absent workers had not acknowledged. */
const RECOVER_INTERVAL_MS = 500
/** Listing all connections costs Redis more than reading a key: all workers together do it not more often than this. */
const RECOVER_AT_MOST_EVERY_MS = 200
const NOTE =
  'A list has no maximum length, idle times, attempts or dead letters: those settings do nothing here.'

/** One unacked element. */
interface UnackedElement {
  readonly body: Buffer
  readonly element: ListElement
}

/** A bare list: an element is the text and nothing else, and leaves the list when it is delivered. */
export class ListQueue extends Destination {
  readonly kind = 'list'
  readonly commands: ListCommands
  readonly order: ListOrder
  /** What each worker of ours has in its own list on Redis, by the worker's name. */
  readonly unacked = new Map<string, Set<UnackedElement>>()
  /** Names of workers of ours that are attached now. */
  readonly present = new Set<string>()
  #recoveredAt = 0
  #recovering: Promise<void> | undefined

  constructor(parts: DriverParts, address: string) {
    super(parts, address)
    this.commands = new ListCommands(address)
    this.order = new ListOrder(address, randomUUID())
  }

  async declare({ owned }: DestinationSpec): Promise<Declared> {
    const existing = await mustHold(this.parts.questions(), [this.address], 'list')
    this.isOwned = owned
    return { traits: ['list', 'bare texts'], note: NOTE, existed: existing.has(this.address) }
  }

  async alter(): Promise<Declared> {
    throw notCapable(listMode, 'alter')
  }

  publish(message: OutgoingMessage): Promise<Receipt> {
    return pushToList(this.parts.publisher(), this.address, this.order, message)
  }

  createConsumer(options: ConsumerOptions): RedisConsumer {
    return new ListWorker(options, this)
  }

  facts(): Promise<QueueFacts> {
    return readListFacts(this.parts.questions(), this.commands)
  }

  /** Puts back what absent workers had: those neither attached here nor known to Redis as a connection. */
  recover(connection: Connection): Promise<void> {
    if (this.#recovering) return this.#recovering
    if (Date.now() - this.#recoveredAt < RECOVER_AT_MOST_EVERY_MS) return Promise.resolve()
    this.#recoveredAt = Date.now()
    this.#recovering = this.#recoverAbsent(connection).finally(() => {
      this.#recovering = undefined
    })
    return this.#recovering
  }

  /** Puts back what this worker had. */
  async recoverFrom(connection: Connection, worker: string): Promise<void> {
    await this.commands.moveAllBack(connection, worker)
    // The newest first, so that the oldest of equal texts is foremost again.
    const unacked = [...(this.unacked.get(worker) ?? [])].reverse()
    for (const { element, body } of unacked) this.order.putBack(element, body)
    this.unacked.delete(worker)
  }

  protected async delete(connection: Connection, keep: boolean): Promise<void> {
    const { redis } = connection
    const { list, members } = this.commands
    for (const name of await redis.smembers(members)) {
      if (keep) await this.recoverFrom(connection, name)
      else await redis.del(this.commands.processing(name))
    }
    await redis.del(members, ...(keep ? [] : [list]))
  }

  async #recoverAbsent(connection: Connection): Promise<void> {
    const { redis } = connection
    const { members } = this.commands
    const absent = (await redis.smembers(members)).filter((name) => !this.present.has(name))
    if (absent.length === 0) return
    const clients = String(await redis.client('LIST'))
    const connected = [...clients.matchAll(/ name=(\S+)/g)].map(([, name]) => name ?? '')
    for (const name of absent) {
      const suffix = `:${this.address}:${name}`
      if (this.present.has(name) || connected.some((found) => found.endsWith(suffix))) continue
      await this.recoverFrom(connection, name)
      await redis.srem(members, name)
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

  /** Throws AppError `not-capable` for a reader of dead letters. */
  constructor(options: ConsumerOptions, queue: ListQueue) {
    super(options, listMode)
    this.#queue = queue
    this.#name = options.spec.name
    if (this.settings.reads === 'dead-letters') throw notCapable(listMode, 'deadLetters')
  }

  override onEnded(): void {
    this.#queue.present.delete(this.#name)
    super.onEnded()
  }

  protected async join(connection: Connection): Promise<void> {
    const { commands, present } = this.#queue
    this.#queue.mustExist()
    await connection.redis.sadd(commands.members, this.#name)
    present.add(this.#name)
    // Left over from before: no other worker has this name.
    await this.#queue.recoverFrom(connection, this.#name)
  }

  protected async next(
    connection: Connection,
    capacity: number,
    noAck: boolean,
  ): Promise<Array<ItemDelivery<UnackedElement>>> {
    const { commands } = this.#queue
    if (noAck) {
      const body = await commands.popNext(connection)
      return body ? [this.#deliveryOf(this.#take(body))] : []
    }
    const first = await commands.moveNext(connection, this.#name)
    if (!first) return []
    const more = await commands.moveMore(connection, this.#name, capacity - 1)
    return [first, ...more].map((body) => {
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
      return this.settled('requeued', delivery, await this.#putBack(connection, item, 'last'))
    }
    const isOurs = (await this.#queue.commands.remove(connection, this.#name, item.body)) > 0
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
    for (const element of [...unseen].reverse()) await this.#putBack(connection, element, 'next')
    for (const { item, delivery } of [...unacked].reverse()) {
      const isOurs = await this.#putBack(connection, item, 'next')
      events.unshift(settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left'))
    }
    await connection.redis.srem(this.#queue.commands.members, this.#name)
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

  #putBack(connection: Connection, item: UnackedElement, to: 'next' | 'last'): Promise<boolean> {
    this.#mine().delete(item)
    // Before it is written: another worker may receive it before the answer is here.
    this.#queue.order.putBack(item.element, item.body)
    return this.#queue.commands.moveBack(connection, this.#name, item.body, to)
  }

  #deliveryOf(item: UnackedElement): ItemDelivery<UnackedElement> {
    const { messageId, identity, attempts } = item.element
    return {
      item,
      content: {
        messageId,
        identity,
        body: item.body,
        // How often an outside element was delivered to others before is not known.
        attempt: messageId === null ? null : attempts,
        redelivered: attempts > 1,
        address: { kind: 'item', list: this.#queue.address },
      },
    }
  }
}
