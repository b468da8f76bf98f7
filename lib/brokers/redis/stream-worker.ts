import type { ConsumerEvent, DriverLog } from '#lib/brokers/contract.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import { queueMode } from './manifest.ts'
import { deadLetterFields, deliveryOf, type HeldEntry, type ItemDelivery } from './metadata.ts'
import type { Entry, Pending } from './replies.ts'
import { ensureGroup, GroupConsumer, type SharedStream } from './stream-group.ts'
import { type QueueBackend, settledEvent, type WorkerView } from './worker.ts'

/** How many pending entries a worker takes up again after an outage: more than any prefetch. */
const TAKE_UP_COUNT = 1_000
/** A worker reclaims so often within the time after which an entry may be claimed, within these bounds. */
const RECLAIMS_PER_IDLE_TIME = 5
const MIN_RECLAIM_INTERVAL_MS = 100
const MAX_RECLAIM_INTERVAL_MS = 1_000
const CLAIMED_BY_OTHER = 'it was not pending any more: another worker had taken it over'

/**
 * A worker as a consumer of the stream's group. What a crashed worker held stays pending, and Redis does nothing about
 * it: another worker reclaims it once it has been idle for `claimIdleMs`.
 */
export class StreamBackend implements QueueBackend<HeldEntry> {
  readonly noReplay = queueMode.lacks.replay
  readonly #shared: SharedStream
  readonly #name: string
  /** It reads the queue itself, whose failed messages go to the dead letters; a reader of those gives up for good. */
  readonly #readsQueue: boolean
  /** The key it reads: the queue's, or its dead letters'. */
  readonly #stream: string
  readonly #group: GroupConsumer
  readonly #log: DriverLog

  constructor(shared: SharedStream, name: string, readsQueue: boolean, log: DriverLog) {
    this.#shared = shared
    this.#name = name
    this.#readsQueue = readsQueue
    this.#stream = readsQueue ? shared.address : shared.dead
    this.#group = new GroupConsumer(this.#stream, name)
    this.#log = log
  }

  async join(connection: Connection): Promise<void> {
    const { address, isGone, ours, departed } = this.#shared
    if (isGone) throw new AppError('destination-not-found', `"${address}" was removed`)
    if (await ensureGroup(connection, this.#stream)) this.#shared.groupWasCreated(this.#stream)
    await this.#group.join(connection)
    ours.add(this.#name)
    departed.delete(this.#name)
  }

  generation(): number {
    return this.#shared.generation(this.#stream)
  }

  async pending(connection: Connection): Promise<Array<ItemDelivery<HeldEntry>>> {
    const pending = await this.#group.pending(connection, TAKE_UP_COUNT)
    return pending.flatMap(({ entry, count }) => this.#received(connection, entry, count))
  }

  async next(connection: Connection, room: number, noAck: boolean): Promise<Array<ItemDelivery<HeldEntry>>> {
    const entries = await this.#group.next(connection, room, noAck)
    return entries.flatMap((entry) => this.#received(connection, entry, 1))
  }

  async settle(
    connection: Connection,
    { item, delivery }: Unacked<HeldEntry>,
    verb: SettleVerb,
    reason: string,
  ): Promise<ConsumerEvent[]> {
    switch (verb) {
      case 'ack': {
        const isOurs = (await this.#group.ack(connection, item.id)) > 0
        return isOurs
          ? [settledEvent('acknowledged', delivery, 'broker')]
          : [settledEvent('acknowledged', delivery, 'client', CLAIMED_BY_OTHER)]
      }
      case 'requeue': {
        if (this.#isExhausted(item.attempt)) {
          return this.#giveUp(connection, item, delivery, `${reason}, at attempt ${item.attempt}`)
        }
        const isOurs = await this.#group.release(connection, item.id, false)
        return isOurs
          ? [settledEvent('requeued', delivery, 'broker', reason)]
          : [settledEvent('requeued', delivery, 'client', CLAIMED_BY_OTHER)]
      }
      case 'reject':
        return this.#giveUp(connection, item, delivery, reason)
    }
  }

  async release(
    connection: Connection,
    held: ReadonlyArray<Unacked<HeldEntry>>,
    unseen: readonly HeldEntry[],
  ): Promise<ConsumerEvent[]> {
    const released = held.map(async ({ item, delivery }) => {
      const isOurs = await this.#group.release(connection, item.id, false)
      return settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left')
    })
    const unseenReleased = unseen.map(({ id }) => this.#group.release(connection, id, true))
    const [events] = await Promise.all([Promise.all(released), ...unseenReleased])
    if (!(await this.#group.leave(connection))) this.#shared.departed.add(this.#name)
    return events
  }

  reclaimEveryMs(): number {
    const ms = this.#shared.settings.claimIdleMs / RECLAIMS_PER_IDLE_TIME
    return Math.min(MAX_RECLAIM_INTERVAL_MS, Math.max(MIN_RECLAIM_INTERVAL_MS, ms))
  }

  /**
   * Resets the idle time of what the worker holds, claims what has been idle for too long, its own forgotten entries
   * included but not what it holds (which XAUTOCLAIM would take too), and gives up on what was delivered too often.
   */
  async reclaim(
    connection: Connection,
    worker: WorkerView<HeldEntry>,
    isStopped: () => boolean,
  ): Promise<void> {
    const { ackMode, heartbeat } = worker.settings()
    const unacked = () => new Set(worker.held().map(({ item }) => item.id))
    const held = unacked()
    if (heartbeat && held.size > 0) await this.#group.touch(connection, [...held])
    // A worker that acknowledges nothing has nothing pending, and takes over nothing that is.
    if (ackMode === 'none' || isStopped()) return
    const idle = await this.#group.idle(connection, this.#shared.settings.claimIdleMs)
    if (isStopped()) return
    const mine = unacked()
    const found = idle.filter(({ id, consumer }) => consumer !== this.#name || !mine.has(id))
    const exhausted = found.filter(({ count }) => this.#isExhausted(count))
    await this.#giveUpOn(connection, worker, exhausted)
    const wanted = found.filter(({ count }) => !this.#isExhausted(count))
    if (!isStopped()) await this.#claim(connection, worker, wanted.slice(0, Math.max(0, worker.room())))
    for (const name of [...this.#shared.departed]) {
      if (await this.#group.leave(connection, name)) this.#shared.departed.delete(name)
    }
  }

  async #claim(
    connection: Connection,
    worker: WorkerView<HeldEntry>,
    wanted: readonly Pending[],
  ): Promise<void> {
    for (const { entry, count } of await this.#takeOver(connection, wanted)) {
      const delivery = this.#deliveryOf(entry, count + 1)
      if (delivery) worker.take(delivery)
    }
  }

  /** These were delivered often enough and never acknowledged: their workers crashed, or were too slow. */
  async #giveUpOn(
    connection: Connection,
    worker: WorkerView<HeldEntry>,
    exhausted: readonly Pending[],
  ): Promise<void> {
    for (const { entry, count } of await this.#takeOver(connection, exhausted)) {
      const delivery = this.#deliveryOf(entry, count)
      if (!delivery) continue
      const reason = `not acknowledged, at attempt ${count}`
      const deadLettered = await this.#deadLetter(connection, delivery.item, reason)
      if (deadLettered) worker.emit(deadLettered)
      else worker.fault('given-up', `entry ${entry.id} was given up on and is gone from the queue: ${reason}`)
    }
  }

  /** Claims those that are still idle; `count` is how often each was delivered before. */
  async #takeOver(
    connection: Connection,
    pending: readonly Pending[],
  ): Promise<Array<{ entry: Entry; count: number }>> {
    if (pending.length === 0) return []
    const counts = new Map(pending.map(({ id, count }) => [id, count]))
    const claimed = await this.#group.claim(connection, [...counts.keys()], this.#shared.settings.claimIdleMs)
    return claimed.map((entry) => ({ entry, count: counts.get(entry.id) ?? 0 }))
  }

  async #giveUp(
    connection: Connection,
    item: HeldEntry,
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
  async #deadLetter(connection: Connection, item: HeldEntry, reason: string): Promise<ConsumerEvent | null> {
    const { dead, address, settings } = this.#shared
    const { id, identity, messageId, attempt: attempts } = item
    if (!this.#readsQueue || !settings.deadLetters) {
      await this.#group.ack(connection, id)
      return null
    }
    const at = now()
    const fields = [...item.fields, ...deadLetterFields({ id, reason, attempts }, address, at)]
    await this.#group.deadLetter(connection, dead, id, fields)
    return { type: 'dead-lettered', messageId, identity, to: dead, reason, attempts, evidence: 'broker', at }
  }

  #isExhausted(attempts: number): boolean {
    const { maxAttempts } = this.#shared.settings
    return this.#readsQueue && maxAttempts > 0 && attempts >= maxAttempts
  }

  #deliveryOf(entry: Entry, attempt: number): ItemDelivery<HeldEntry> | null {
    return deliveryOf(entry, { address: this.#shared.address, stream: this.#stream }, attempt)
  }

  /** Acknowledges an entry that was deleted while pending: nobody can process it any more. */
  #received(connection: Connection, entry: Entry, attempt: number): Array<ItemDelivery<HeldEntry>> {
    const delivery = this.#deliveryOf(entry, attempt)
    if (delivery) return [delivery]
    this.#group.ack(connection, entry.id).catch((error: unknown) => {
      const details = { code: 'deleted-entry-pending', stream: this.#stream, id: entry.id }
      this.#log.debug({ ...details, reason: wordsOf(error) }, 'a deleted entry stays')
    })
    return []
  }
}
