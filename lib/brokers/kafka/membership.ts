import type { Consumer, KafkaMessage, LogEntry, Offsets } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { ConsumerSession } from '../kit/consumer-life.ts'
import { succeedsWithin } from '../kit/deadlines.ts'
import { BatchReader, type PartitionPauses } from './batch.ts'
import { Connection, type ConnectionOptions, createGroupConsumer, MEMBER_RETRY } from './connection.ts'
import { isRebalance, reasonOf } from './failures.ts'
import { OffsetCommits } from './offset-commits.ts'
import type { ReadSettings } from './settings.ts'
import type { StartPositions } from './start-positions.ts'

const LEAVE_LIMIT_MS = 3_000
const SETTLE_RETRY_MS = 200

/** The partitions of now. `generation` is null where kafkajs did not log it; the next answer of the broker carries it. */
export interface Assignment {
  partitions: number[]
  generation: number | null
  /** It has a position in each of them. */
  settled: boolean
}

/** What a membership does for its consumer. Nothing is called once it is over. */
export interface MembershipHooks {
  joined(memberId: string): void
  /** The assignment is settled: called with each, and with each heartbeat meanwhile. */
  inPlace(assignment: Assignment): void
  rebalancing(): void
  mayDeliver(): boolean
  deliver(record: KafkaMessage, partition: number): void
  committed(partition: number, upTo: string): void
  /** It ended by itself. */
  failed(error: unknown): void
  commitsFail(reason: string): void
}

export interface MembershipOptions extends ConnectionOptions {
  topic: string
  group: string
  /** As they are now; whether it reads uncommitted records is fixed when it joins. */
  settings(): ReadSettings
  /** How many consumers this process has. */
  consumerCount(): number
  pauses: PartitionPauses
  positions: StartPositions
  /** partition → offset: how far the broker has confirmed commits of this consumer */
  committed: Map<number, string>
  hooks: MembershipHooks
}

/**
 * One membership of a consumer in its group: one kafkajs consumer on connections of its own, from joining to its end. During
 * an outage it tries by itself to find its broker again.
 */
export class Membership implements ConsumerSession {
  readonly #options: MembershipOptions
  /** Undefined once it is over. */
  #hooks: MembershipHooks | undefined
  readonly #connection: Connection
  readonly #consumer: Consumer
  readonly #commits: OffsetCommits
  readonly #batches: BatchReader
  readonly #ended = createDeferred<Error>()
  readonly ended = this.#ended.promise
  /** Resolves when it is a member, before which no commit is sent. */
  readonly #joining: Promise<void>
  #generation: number | null = null
  #assignment: Assignment | null = null
  #lastSignAt = now()

  /** Joins the group; the hooks report what becomes of it. */
  constructor(options: MembershipOptions) {
    const { topic, group, consumerCount, settings, pauses, hooks } = options
    this.#options = options
    this.#hooks = hooks
    this.#connection = new Connection({
      ...options,
      retry: MEMBER_RETRY,
      onLogEntry: (entry) => {
        this.#generation = generationIn(entry) ?? this.#generation
      },
    })
    const { readUncommitted } = settings()
    this.#consumer = createGroupConsumer(this.#connection, {
      group,
      readUncommitted,
      consumers: consumerCount(),
    })
    this.#commits = new OffsetCommits(topic, (reason) => this.#hooks?.commitsFail(reason))
    this.#batches = new BatchReader({
      pauses,
      commits: this.#commits,
      settings,
      mayDeliver: () => this.#hooks?.mayDeliver() === true,
      deliver: hooks.deliver,
    })
    this.#listen()
    this.#joining = this.#join()
    this.#joining.catch((error) => this.fail(error))
  }

  /** Null while it has none. */
  get assignment(): Assignment | null {
    return this.#assignment
  }

  /** When the broker was last heard from, Unix time in milliseconds. */
  get lastSignAt(): number {
    return this.#lastSignAt
  }

  get isOver(): boolean {
    return this.#hooks === undefined
  }

  /** Commits what is open. */
  flush(): Promise<void> {
    return this.#commits.flush()
  }

  /**
   * Reads each of these partitions on from there, and makes the group remember it. Throws AppError `wrong-state` while it has
   * no assignment, or loses it meanwhile.
   */
  async seek(offsets: ReadonlyMap<number, string>): Promise<void> {
    const { pauses, positions } = this.#options
    const assignment = this.#assignment
    if (!assignment?.settled) throw isSharingOut()
    const partitions = [...offsets.keys()]
    pauses.hold(partitions)
    try {
      await this.#commits.flush()
      if (this.#assignment !== assignment) throw isSharingOut()
      this.#commits.drop(partitions)
      await positions.seek(this.#consumer, offsets)
    } catch (error) {
      if (isRebalance(error)) throw isSharingOut(error)
      throw error
    } finally {
      if (this.#assignment === assignment) pauses.release(partitions)
    }
  }

  /** Leaves the group, within a limit, and closes every connection. */
  async leave(): Promise<void> {
    if (this.isOver) return
    this.#end()
    await succeedsWithin('leaving', LEAVE_LIMIT_MS, () => this.#consumer.disconnect())
    await this.destroy('the consumer left')
  }

  async destroy(reason: string): Promise<void> {
    this.#end()
    this.#connection.cut(reason)
    await this.#connection.gone()
  }

  /** Ends without a goodbye, and reports the failure. */
  fail(error: unknown): void {
    const hooks = this.#hooks
    if (!hooks) return
    void this.destroy('its membership ended')
    hooks.failed(error)
    this.#ended.resolve(new Error(reasonOf(error), { cause: error }))
  }

  #end(): void {
    if (this.isOver) return
    this.#hooks = undefined
    this.#assignment = null
    this.#options.pauses.detach()
    this.#commits.reset()
  }

  async #join(): Promise<void> {
    await this.#options.positions.prepare()
    if (this.isOver) return
    const consumer = this.#consumer
    await consumer.connect()
    // Where a position is out of range, the partition is read from its beginning: nothing is skipped unseen.
    await consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true })
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (!this.isOver) await this.#batches.read(payload)
      },
    })
    await Promise.race([running, crashed])
  }

  #listen(): void {
    const consumer = this.#consumer
    const { topic, positions } = this.#options
    const { events } = consumer
    consumer.on(events.GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
      this.#joined(
        [...(memberAssignment[topic] ?? [])].sort((a, b) => a - b),
        memberId,
      )
    })
    consumer.on(events.REBALANCING, () => {
      void this.#commits.flush()
      this.#assignment = null
      this.#hooks?.rebalancing()
    })
    consumer.on(events.HEARTBEAT, ({ payload }) => {
      this.#alive(payload.groupGenerationId)
      this.#reportInPlace()
    })
    consumer.on(events.COMMIT_OFFSETS, ({ payload: { groupGenerationId, topics } }) => {
      this.#alive(groupGenerationId)
      for (const { partition, offset } of topics.flatMap(({ partitions }) => partitions)) {
        this.#committed(Number(partition), String(offset))
      }
    })
    consumer.on(events.FETCH, () => positions.fetched())
    consumer.on(events.END_BATCH_PROCESS, ({ payload: { batchSize, partition, lastOffset } }) => {
      // A batch of control records or aborted ones: nothing to deliver, but read.
      if (batchSize > 0 || this.isOver) return
      this.#commits.add(partition, String(BigInt(lastOffset) + 1n), this.#commitDirectly)
    })
    consumer.on(events.CRASH, ({ payload }) => this.fail(payload.error))
  }

  #joined(partitions: number[], memberId: string): void {
    if (this.isOver) return
    const { pauses, positions } = this.#options
    this.#lastSignAt = now()
    this.#hooks?.joined(memberId)
    this.#commits.reset()
    const held = positions.unsettled(partitions)
    const assignment = { partitions, generation: this.#generation, settled: held.length === 0 }
    this.#assignment = assignment
    pauses.assign(this.#consumer, held)
    if (held.length === 0) this.#reportInPlace()
    else this.#settle(assignment, held).catch((error) => this.fail(error))
  }

  /** Positions the partitions that are held, and releases them; gives up as soon as the assignment is over. */
  async #settle(assignment: Assignment, held: number[]): Promise<void> {
    const { pauses, positions, log, topic } = this.#options
    const isCurrent = () => this.#assignment === assignment
    await this.#joining
    while (isCurrent()) {
      try {
        await positions.settle(this.#consumer, held, isCurrent)
        if (!isCurrent()) return
        pauses.release(held)
        assignment.settled = true
        return this.#reportInPlace()
      } catch (error) {
        if (isRebalance(error)) return
        log.debug({ topic, reason: reasonOf(error) }, 'a position was not settled yet')
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS))
      }
    }
  }

  #alive(generation: number): void {
    this.#lastSignAt = now()
    if (this.#assignment) this.#assignment.generation = generation
  }

  #reportInPlace(): void {
    if (this.#assignment?.settled) this.#hooks?.inPlace(this.#assignment)
  }

  #committed(partition: number, upTo: string): void {
    if (this.isOver) return
    this.#options.committed.set(partition, upTo)
    // The commit that settles where a new group starts says nothing of reading.
    if (this.#assignment?.settled !== false) this.#hooks?.committed(partition, upTo)
  }

  /** Commits what is read without a batch, which would bring its own way to commit. */
  readonly #commitDirectly = ({ topics }: Offsets): Promise<void> =>
    this.#consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
      ),
    )
}

/** kafkajs logs the generation of an assignment at debug level, just before it emits the assignment without it. */
const generationIn = ({ log: { message, generationId } }: LogEntry): number | null =>
  message === 'Received assignment' && typeof generationId === 'number' ? generationId : null

const isSharingOut = (cause?: unknown) =>
  new AppError('wrong-state', 'its group is sharing out its partitions; try again when it has', { cause })
