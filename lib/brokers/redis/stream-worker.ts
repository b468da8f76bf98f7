import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions } from './consume.ts'
import type { Destination } from './destination.ts'
import { queueMode } from './manifest.ts'
import { deadLetterFields, deliveryOf, type ItemDelivery, type UnackedEntry } from './metadata.ts'
import type { RemovedUnread } from './removed-unread.ts'
import type { Entry, Pending } from './replies.ts'
import { MAX_PREFETCH, type QueueSettings } from './settings.ts'
import { GroupConsumer, isGroupDeleted, reclaimIntervalMs } from './stream-group.ts'
import { settledEvent, Worker, type WorkerSession } from './worker.ts'

/** What its workers need of a stream with a consumer group. */
export interface GroupQueue extends Pick<Destination, 'address' | 'mustExist' | 'noteMissing'> {
  readonly settings: QueueSettings
  /** The stream of its dead letters. */
  readonly dead: string
  /** Names of consumers of ours in the group, whether attached or not. */
  readonly ours: Set<string>
  /** Those that left while entries were pending under their names; they are deleted from the group once none are. */
  readonly departed: Set<string>
  readonly removedUnread: RemovedUnread
  /** How often the stream's group had to be created. */
  redeclarations(stream: string): number
  ensureGroup(connection: Connection, stream: string): Promise<boolean>
}

/**
 * A worker as a consumer of the stream's group. What a crashed worker held stays pending, and Redis does nothing about
 * it: another worker reclaims it once it has been idle for `claimIdleMs`.
 */
export class StreamWorker extends Worker<UnackedEntry> {
  protected readonly goneReason =
    'it was not pending for it any more: another worker had taken it over, or another program had acknowledged it or deleted the worker from the group'
  readonly #queue: GroupQueue
  readonly #name: string
  /** It reads the queue itself, and what it gives up on goes to the dead letters. False: it reads those, and what it gives up on is gone. */
  readonly #readsQueue: boolean
  /** The key it reads: the queue's, or its dead letters'. */
  readonly #stream: string
  readonly #group: GroupConsumer
  /** What it holds and Redis forgot, as reported. */
  #forgotten: ReadonlySet<string> = new Set()

  constructor(options: ConsumerOptions, queue: GroupQueue) {
    super(options, queueMode)
    this.#queue = queue
    this.#name = options.spec.name
    this.#readsQueue = this.settings.reads === 'queue'
    this.#stream = this.#readsQueue ? queue.address : queue.dead
    this.#group = new GroupConsumer(this.#stream, this.#name)
  }

  protected async join(connection: Connection): Promise<void> {
    const { ours, departed } = this.#queue
    this.#queue.mustExist()
    await this.#queue.ensureGroup(connection, this.#stream)
    if (this.#readsQueue) await this.#queue.removedUnread.look(connection)
    await this.#group.join(connection)
    ours.add(this.#name)
    departed.delete(this.#name)
  }

  protected override redeclarations(): number {
    return this.#queue.redeclarations(this.#stream)
  }

  /** What is deleted while its connection lives was deleted by somebody: it is not made again unasked. */
  protected override giveUp(session: WorkerSession, connection: Connection, error: unknown): void {
    if (this.#readsQueue && isGroupDeleted(error)) this.#queue.noteMissing()
    super.giveUp(session, connection, error)
  }

  protected override async unackedBefore(connection: Connection): Promise<Array<ItemDelivery<UnackedEntry>>> {
    const pending = await this.#group.pending(connection, MAX_PREFETCH)
    return pending.flatMap(({ entry, count }) => this.#received(connection, entry, count))
  }

  protected async next(
    connection: Connection,
    capacity: number,
    noAck: boolean,
  ): Promise<Array<ItemDelivery<UnackedEntry>>> {
    const entries = await this.#group.next(connection, capacity, noAck)
    return entries.flatMap((entry) => this.#received(connection, entry, 1))
  }

  protected async writeSettlement(
    connection: Connection,
    { item, delivery }: Unacked<UnackedEntry>,
    verb: SettleVerb,
    reason: string,
  ): Promise<ConsumerEvent[]> {
    switch (verb) {
      case 'ack':
        return this.settled('acknowledged', delivery, (await this.#group.ack(connection, item.id)) > 0)
      case 'requeue':
        if (this.#isExhausted(item.attempt)) {
          return this.#giveUp(connection, item, delivery, `${reason}, at attempt ${item.attempt}`)
        }
        return this.settled('requeued', delivery, await this.#group.release(connection, item.id), reason)
      case 'reject':
        return this.#giveUp(connection, item, delivery, reason)
    }
  }

  protected async release(
    connection: Connection,
    unacked: ReadonlyArray<Unacked<UnackedEntry>>,
    unseen: readonly UnackedEntry[],
  ): Promise<ConsumerEvent[]> {
    const released = unacked.map(async ({ item, delivery }) => {
      const isOurs = await this.#group.release(connection, item.id)
      return settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left')
    })
    const unseenReleased = unseen.map(({ id }) => this.#group.release(connection, id, true))
    const [events] = await Promise.all([Promise.all(released), ...unseenReleased])
    if (!(await this.#group.leave(connection))) this.#queue.departed.add(this.#name)
    return events
  }

  protected reclaimEveryMs(): number {
    return reclaimIntervalMs(this.#queue.settings.claimIdleMs)
  }

  /**
   * Resets the idle time of what the worker holds, claims what has been idle for too long, its own forgotten entries
   * included but not what it holds (which XAUTOCLAIM would take too), and gives up on what was delivered too often.
   */
  protected async reclaim(connection: Connection, isStopped: () => boolean): Promise<void> {
    if (this.#readsQueue) await this.#queue.removedUnread.report(connection, this.life)
    const { ackMode, heartbeat } = this.settings
    const unackedIds = () => new Set(this.unacked.unsettled().map(({ item }) => item.id))
    const touched = unackedIds()
    if (heartbeat && touched.size > 0) {
      const pending = await this.#group.touch(connection, [...touched])
      const held = unackedIds()
      this.#reportForgotten([...touched].filter((id) => held.has(id) && !pending.has(id)))
    }
    // A worker that acknowledges nothing has nothing pending, and takes over nothing that is.
    if (ackMode === 'none' || isStopped()) return
    const idle = await this.#group.idle(connection, this.#queue.settings.claimIdleMs)
    if (isStopped()) return
    const mine = unackedIds()
    const found = idle.filter(({ id, consumer }) => consumer !== this.#name || !mine.has(id))
    const exhausted = found.filter(({ count }) => this.#isExhausted(count))
    const wanted = found.filter(({ count }) => !this.#isExhausted(count))
    await this.#claim(connection, [...exhausted, ...wanted.slice(0, Math.max(0, this.capacity()))])
    for (const name of [...this.#queue.departed]) {
      if (await this.#group.leave(connection, name)) this.#queue.departed.delete(name)
    }
  }

  /** Nobody gets these entries any more, although the worker still holds them. Reported once each. */
  #reportForgotten(ids: readonly string[]): void {
    const count = ids.filter((id) => !this.#forgotten.has(id)).length
    this.#forgotten = new Set(ids)
    if (count === 0) return
    const what = `${count} of the entries that it holds ${count === 1 ? 'is' : 'are'} pending no more`
    const why =
      'another program acknowledged them, trimmed or deleted them, or deleted the worker from the group'
    this.fault('entry-forgotten', `${what}: ${why}. Redis gives them to nobody again.`)
  }

  /** Claims those that are still idle. What was delivered often enough is given up on: its workers crashed, or were too slow. */
  async #claim(connection: Connection, pending: readonly Pending[]): Promise<void> {
    if (pending.length === 0) return
    const counts = new Map(pending.map(({ id, count }) => [id, count]))
    const claimed = await this.#group.claim(connection, [...counts.keys()], this.#queue.settings.claimIdleMs)
    for (const entry of claimed) {
      const count = counts.get(entry.id) ?? 0
      const isExhausted = this.#isExhausted(count)
      const delivery = deliveryOf(
        entry,
        { address: this.#queue.address, stream: this.#stream },
        isExhausted ? count : count + 1,
      )
      if (!delivery) continue
      if (!isExhausted) {
        this.receive(delivery, false)
        continue
      }
      const reason = `not acknowledged, at attempt ${count}`
      const deadLettered = await this.#deadLetter(connection, delivery.item, reason)
      if (deadLettered) this.life.emit(deadLettered)
      else this.fault('given-up', `entry ${entry.id} was given up on and is gone from the queue: ${reason}`)
    }
  }

  async #giveUp(
    connection: Connection,
    item: UnackedEntry,
    delivery: number,
    reason: string,
  ): Promise<ConsumerEvent[]> {
    const deadLettered = await this.#deadLetter(connection, item, reason)
    if (deadLettered) return [deadLettered, settledEvent('rejected', delivery, 'broker', reason)]
    const gone = `${reason}; acknowledged, and gone: there are no dead letters`
    return [settledEvent('rejected', delivery, 'broker', gone)]
  }

  /**
   * Moves an entry to the dead letters and acknowledges it, both or neither. Null where there are no dead letters: it is
   * acknowledged then, and gone.
   */
  async #deadLetter(
    connection: Connection,
    item: UnackedEntry,
    reason: string,
  ): Promise<ConsumerEvent | null> {
    const { dead, address, settings } = this.#queue
    const { id, identity, messageId, body, attempt: attempts } = item
    if (!this.#readsQueue || !settings.deadLetters) {
      await this.#group.ack(connection, id)
      return null
    }
    const at = now()
    const fields = [...item.fields, ...deadLetterFields({ id, reason, attempts }, address, at)]
    await this.#group.deadLetter(connection, dead, id, fields)
    const what = { body, messageId, identity }
    return { type: 'dead-lettered', ...what, to: dead, reason, attempts, evidence: 'broker', at }
  }

  #isExhausted(attempts: number): boolean {
    const { maxAttempts } = this.#queue.settings
    return this.#readsQueue && maxAttempts > 0 && attempts >= maxAttempts
  }

  /** Acknowledges an entry that was deleted while pending: nobody can process it any more. */
  #received(connection: Connection, entry: Entry, attempt: number): Array<ItemDelivery<UnackedEntry>> {
    const delivery = deliveryOf(entry, { address: this.#queue.address, stream: this.#stream }, attempt)
    if (delivery) return [delivery]
    this.#group.ack(connection, entry.id).catch((error: unknown) => {
      const details = { code: 'deleted-entry-pending', stream: this.#stream, id: entry.id }
      this.parts.log.debug({ ...details, reason: wordsOf(error) }, 'a deleted entry stays')
    })
    return []
  }
}
