import * as z from 'zod'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions } from './consume.ts'
import type { Destination } from './destination.ts'
import type { ListElement, ListOrder } from './list-order.ts'
import { moveBack } from './list-scripts.ts'
import { listMode, notCapable } from './manifest.ts'
import type { ItemDelivery } from './metadata.ts'
import { settledEvent, Worker } from './worker.ts'

/** How often a worker reclaims what absent workers had not acknowledged. */
const RECLAIM_INTERVAL_MS = 500

const bodySchema = z.instanceof(Buffer).nullable()
const popSchema = z.tuple([z.instanceof(Buffer), z.instanceof(Buffer)]).nullable()

/** One unacked element. */
export interface UnackedElement {
  readonly body: Buffer
  readonly element: ListElement
}

/** What its workers need of a list. */
export interface WorkersList extends Pick<Destination, 'address' | 'mustExist'> {
  readonly order: ListOrder
  /** The key of the set of the workers' names. */
  readonly members: string
  /** What each worker of ours has in its own list on Redis, by the worker's name. */
  readonly unacked: Map<string, Set<UnackedElement>>
  /** Names of workers of ours that are attached now. */
  readonly present: Set<string>
  readonly ours: Set<string>
  /** The key of the worker's own list. */
  processing(worker: string): string
  /** Reclaims what absent workers had: a list has no pending entries to claim, so it is moved back into the list for everybody. */
  reclaim(connection: Connection): Promise<void>
  /** Moves what this worker had back into the list. */
  reclaimFrom(connection: Connection, worker: string): Promise<void>
}

/**
 * A worker of a list. What it receives moves in one step to a list of its own, and leaves that when it is acknowledged. A
 * crash therefore loses nothing: the next worker that reclaims puts back what the crashed one had, once Redis shows no
 * connection by its name. With `ackMode` `none` there is no such list, and what was received is gone.
 */
export class ListWorker extends Worker<UnackedElement> {
  protected readonly goneReason =
    'it was not in its list any more: it had been put back, or another program had removed it'
  readonly #queue: WorkersList
  readonly #name: string
  /** The key of its own list. */
  readonly #own: string

  /** Throws AppError `not-capable` for a reader of dead letters. */
  constructor(options: ConsumerOptions, queue: WorkersList) {
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
    await this.#queue.reclaimFrom(connection, this.#name)
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
    return this.#queue.reclaim(connection)
  }

  protected reclaimEveryMs(): number {
    return RECLAIM_INTERVAL_MS
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
    if (!isOurs) return [settledEvent('rejected', delivery, 'client', this.goneReason)]
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
