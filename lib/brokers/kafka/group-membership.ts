import type { Consumer, Offsets } from 'kafkajs'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { ConsumerSession } from '../kit/consumer-life.ts'
import { succeedsWithin } from '../kit/deadlines.ts'
import { BatchReader } from './batch-reader.ts'
import { Connection, type ConnectionOptions, createGroupConsumer, MEMBER_RETRY } from './connection.ts'
import { isForbidden, isRebalance, reasonOf } from './failures.ts'
import type { ReadRecord } from './holes.ts'
import { generationIn, outOfRangeIn } from './kafkajs-log.ts'
import { OffsetCommits } from './offset-commits.ts'
import { RefusedPartitions } from './partition-refusals.ts'
import type { Positions } from './positions.ts'
import type { Arrived } from './record-retries.ts'
import type { ReadSettings } from './settings.ts'

const LEAVE_LIMIT_MS = 3_000
const SETTLE_RETRY_MS = 200

/** The partitions that a member has now. `generation` is null where kafkajs did not log it; the broker's next answer carries it. */
export interface Assignment {
  partitions: number[]
  generation: number | null
  /** It has a position in each of them. */
  positioned: boolean
}

type Trouble = 'commit-failed' | 'partition-refused'

/** From `joining` on: what it calls for its consumer. Nothing of that is called any more once the membership is over. */
export interface MembershipOptions extends ConnectionOptions {
  topic: string
  group: string
  /** As they are now; whether it reads uncommitted records is fixed when it joins. */
  settings(): ReadSettings
  /** How many this process has. */
  consumers: number
  positions: Positions
  /** It has reached its broker, and asks to join its group. */
  joining(): void
  joined(memberId: string): void
  /** Every partition of the assignment has its position: called with each assignment, and with each heartbeat since. */
  positioned(assignment: Assignment): void
  rebalancing(): void
  mayDeliver(): boolean
  deliver(record: ReadRecord, partition: number, before?: Arrived): Arrived
  /** `isRead`: unless the commit only fixed where a new group starts. */
  committed(partition: number, upTo: string, isRead: boolean): void
  /** It ended by itself. */
  failed(error: unknown): void
  /** Its commits fail; or the broker cannot read a partition, which backs off, and is asked for again later. */
  troubled(code: Trouble, reason: string): void
}

/** One kafkajs consumer on connections of its own, from joining its group to its end. After an outage it finds its broker again. */
export class Membership implements ConsumerSession {
  readonly #options: MembershipOptions
  /** Whom it calls; undefined once it is over. */
  #owner: MembershipOptions | undefined
  readonly #connection: Connection
  readonly #consumer: Consumer
  readonly #commits: OffsetCommits
  readonly #refusals: RefusedPartitions
  readonly #batches: BatchReader
  readonly #ended = createDeferred<Error>()
  readonly ended = this.#ended.promise
  /** Resolves when it is a member, before which no commit is sent. */
  readonly #joining: Promise<void>
  #generation: number | null = null
  #assignment: Assignment | null = null
  /** What it had when it began to join again; null once it has. */
  #interrupted: { partitions: number[]; memberId: string } | null = null
  #lastSignAt = performance.now()

  /** Joins the group. */
  constructor(options: MembershipOptions) {
    const { topic, settings, positions, deliver } = options
    this.#options = this.#owner = options
    this.#connection = new Connection({
      ...options,
      retry: MEMBER_RETRY,
      onLogEntry: (entry) => {
        this.#generation = generationIn(entry) ?? this.#generation
        const partition = outOfRangeIn(entry)
        if (partition !== null) void this.#recover(partition)
      },
    })
    this.#consumer = createGroupConsumer(this.#connection, { ...options, ...settings() })
    const troubled = (code: Trouble) => (reason: string) => this.#owner?.troubled(code, reason)
    this.#commits = new OffsetCommits(topic, troubled('commit-failed'))
    this.#refusals = new RefusedPartitions(positions.pauses, troubled('partition-refused'))
    this.#batches = new BatchReader({
      refusals: this.#refusals,
      pauses: positions.pauses,
      positions,
      commits: this.#commits,
      settings,
      mayDeliver: () => this.#owner?.mayDeliver() === true,
      deliver,
    })
    this.#listen()
    this.#joining = this.#join()
    this.#joining.catch((error) => this.fail(error))
  }

  /** Null while it has none. */
  get assignment(): Assignment | null {
    return this.#assignment
  }

  /** For how long the broker has not been heard, milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#lastSignAt
  }

  /** Commits what is open. */
  flush(): Promise<void> {
    return this.#commits.flush()
  }

  /** As `Positions.seek`. Throws AppError `wrong-state` while it has no assignment, or loses it meanwhile. */
  async seek(seek: Seek): Promise<void> {
    const assignment = this.#assignment
    if (!assignment?.positioned) throw rebalancingError()
    const isCurrent = () => this.#assignment === assignment
    try {
      await this.#options.positions.seek(this.#consumer, this.#commits, seek, {
        own: assignment.partitions,
        isCurrent,
        isOver: rebalancingError,
      })
    } catch (error) {
      throw isRebalance(error) ? rebalancingError(error) : error
    }
  }

  /** Leaves the group, within a limit, and closes every connection. */
  async leave(): Promise<void> {
    if (!this.#owner) return
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
    const owner = this.#owner
    if (!owner) return
    void this.destroy('its membership ended')
    owner.failed(error)
    this.#ended.resolve(new Error(reasonOf(error), { cause: error }))
  }

  #end(): void {
    if (!this.#owner) return
    this.#owner = undefined
    this.#assignment = null
    this.#refusals.close()
    this.#options.positions.pauses.detach()
    this.#options.positions.holes.flush()
    this.#commits.reset()
  }

  async #join(): Promise<void> {
    await this.#options.positions.prepare()
    if (!this.#owner) return
    const consumer = this.#consumer
    await consumer.connect().then(() => this.#owner?.joining())
    // Where a position is out of range, the partition is read from its beginning: nothing is skipped unseen.
    await consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true })
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (this.#owner) await this.#batches.read(payload)
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
    consumer.on(events.REBALANCING, ({ payload: { memberId } }) => {
      void this.#commits.flush()
      if (this.#assignment) this.#interrupted = { partitions: this.#assignment.partitions, memberId }
      this.#assignment = null
      this.#owner?.rebalancing()
    })
    consumer.on(events.HEARTBEAT, ({ payload }) => {
      this.#alive(payload.groupGenerationId)
      // kafkajs was refused when it joined again, and goes on as the member that it was, which the broker accepts.
      if (this.#interrupted) this.#joined(this.#interrupted.partitions, this.#interrupted.memberId)
      else this.#reportPositioned()
    })
    consumer.on(events.COMMIT_OFFSETS, ({ payload: { groupGenerationId, topics } }) => {
      this.#alive(groupGenerationId)
      const isRead = this.#assignment?.positioned !== false
      for (const { partition, offset } of topics.flatMap(({ partitions }) => partitions)) {
        this.#owner?.committed(Number(partition), String(offset), isRead)
      }
    })
    consumer.on(events.FETCH, () => positions.fetched())
    consumer.on(
      events.END_BATCH_PROCESS,
      ({ payload: { batchSize, partition, firstOffset, lastOffset } }) => {
        // A batch of control records or aborted ones: nothing to deliver, but read.
        if (batchSize > 0 || !this.#owner) return
        positions.passed(partition, Number(firstOffset), Number(lastOffset))
        this.#commits.add(partition, String(Number(lastOffset) + 1), this.#commitDirectly)
      },
    )
    consumer.on(events.CRASH, ({ payload }) => this.fail(payload.error))
  }

  #joined(partitions: number[], memberId: string): void {
    this.#interrupted = null
    if (!this.#owner) return
    const { positions } = this.#options
    this.#lastSignAt = performance.now()
    this.#owner?.joined(memberId)
    this.#commits.reset()
    const unpositioned = positions.assign(this.#consumer, partitions)
    const assignment = { partitions, generation: this.#generation, positioned: unpositioned.length === 0 }
    this.#assignment = assignment
    positions.learn(() => this.#assignment === assignment)
    if (assignment.positioned) this.#reportPositioned()
    else this.#position(assignment, unpositioned).catch((error) => this.fail(error))
  }

  /** Positions what is not positioned yet; gives up as soon as the assignment is over. Throws where its user may not read. */
  async #position(assignment: Assignment, unpositioned: readonly number[]): Promise<void> {
    const { positions, log, topic } = this.#options
    const isCurrent = () => this.#assignment === assignment
    await this.#joining
    while (isCurrent()) {
      try {
        await positions.positionAll(this.#consumer, unpositioned, isCurrent)
        if (!isCurrent()) return
        assignment.positioned = true
        return this.#reportPositioned()
      } catch (error) {
        if (isRebalance(error)) return
        if (isForbidden(error)) throw error
        log.debug({ topic, reason: reasonOf(error) }, 'a position was not found yet')
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS))
      }
    }
  }

  /** The broker has removed what was to be read next. */
  async #recover(partition: number): Promise<void> {
    const assignment = this.#assignment
    if (!assignment?.partitions.includes(partition)) return
    const { positions, log, topic } = this.#options
    try {
      await positions.recover(this.#consumer, this.#commits, partition, () => this.#assignment === assignment)
    } catch (error) {
      log.debug({ topic, partition, reason: reasonOf(error) }, 'where reading goes on was not committed')
    }
  }

  #alive(generation: number): void {
    this.#lastSignAt = performance.now()
    if (this.#assignment) this.#assignment.generation = generation
  }

  #reportPositioned(): void {
    if (this.#assignment?.positioned) this.#owner?.positioned(this.#assignment)
  }

  /** Commits what is read without a batch, which would bring its own way to commit. */
  readonly #commitDirectly = ({ topics }: Offsets): Promise<void> =>
    this.#consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
      ),
    )
}

const rebalancingError = (cause?: unknown) =>
  new AppError('wrong-state', 'its group is rebalancing; try again once that is over', { cause })
