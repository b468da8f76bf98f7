import type { Consumer, EachBatchPayload, LogEntry } from 'kafkajs'
import { rangeAssigner } from './assigner.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { reasonOf, withLimit } from './failures.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'

/** How soon a member learns of a rebalance: a third member joins in 0.35 s, against 1.35 s with kafkajs's 3 s. */
const HEARTBEAT_INTERVAL_MS = 500
/** How long the broker lets a member take to join again in a rebalance. */
const REBALANCE_TIMEOUT_MS = 10_000
/** kafkajs fetches all partitions of a broker in one request that waits so long for the first byte. */
const FETCH_WAIT_FEW_MS = 100
const FETCH_WAIT_MANY_MS = 250
/** Added partitions are noticed, and assigned, so soon; it costs a small request each time. */
const METADATA_AGE_MS = 2_000
/** Up to so many consumers of a process, short waits cost little. */
const FEW_CONSUMERS = 12
const STEPS = { initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 1.5 }
/**
 * Connecting is retried for as long as the member lasts: one that finds its broker again keeps its place in the group,
 * where a new one would wait until the old one's session timeout. Cutting the connection ends the retries at once.
 */
const CONNECT_RETRY = { ...STEPS, retries: Number.MAX_SAFE_INTEGER }
const GROUP_RETRY = { ...STEPS, retries: 10 }
const LEAVE_LIMIT_MS = 3_000

export interface GroupMemberHooks {
  /** A new assignment; called before the first record of it is fetched. `generation` is null where kafkajs did not log it. */
  joined(partitions: number[], memberId: string, generation: number | null): void
  rebalancing(): void
  /** The broker accepted a heartbeat. */
  alive(generation: number): void
  committed(generation: number, partition: number, upTo: string): void
  fetched(): void
  /** Up to `next` there are only control records or aborted ones: nothing to deliver, but read. */
  skipped(partition: number, next: string): void
  batch(payload: EachBatchPayload): Promise<void>
  /** kafkajs gave up; it does not come back by itself. */
  ended(error: Error): void
}

export interface GroupMemberOptions extends ConnectionOptions {
  topic: string
  group: string
  /** Also delivers records of transactions that were aborted, or are not over. */
  readUncommitted: boolean
  /** How many consumers this process has. */
  consumerCount(): number
}

/** One kafkajs consumer on connections of its own, from joining its group to its end. */
export class GroupMember {
  readonly consumer: Consumer
  readonly #options: GroupMemberOptions
  readonly #hooks: GroupMemberHooks
  readonly #connection: Connection
  #joining: Promise<void> | undefined
  #generation: number | null = null
  #over = false

  constructor(options: GroupMemberOptions, hooks: GroupMemberHooks) {
    this.#options = options
    this.#hooks = hooks
    const onLogEntry = (entry: LogEntry) => {
      this.#generation = generationIn(entry) ?? this.#generation
    }
    this.#connection = new Connection({ ...options, retry: CONNECT_RETRY, onLogEntry })
    this.consumer = this.#connection.kafka.consumer({
      groupId: options.group,
      partitionAssigners: [rangeAssigner],
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: options.consumerCount() <= FEW_CONSUMERS ? FETCH_WAIT_FEW_MS : FETCH_WAIT_MANY_MS,
      minBytes: 1,
      metadataMaxAge: METADATA_AGE_MS,
      readUncommitted: options.readUncommitted,
      allowAutoTopicCreation: false,
      retry: { ...GROUP_RETRY, restartOnFailure: async () => false },
    })
    this.#listenToGroup()
    this.#listenToFetches()
  }

  /** Joins, once; resolves when it is a member, before which no commit is sent. Throws when it can't. */
  join(): Promise<void> {
    this.#joining ??= this.#join()
    return this.#joining
  }

  /** Leaves the group, within a limit, and closes every connection. */
  async leave(): Promise<void> {
    this.#over = true
    try {
      await withLimit(this.consumer.disconnect(), LEAVE_LIMIT_MS, 'leaving')
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, 'a consumer was cut while leaving')
    }
    await this.cut('the consumer left')
  }

  /** Ends without a goodbye. No hook is called any more. */
  async cut(reason: string): Promise<void> {
    this.#over = true
    this.#connection.cut(reason)
    await this.#connection.gone()
  }

  async #join(): Promise<void> {
    const { consumer } = this
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
        if (!this.#over) await this.#hooks.batch(payload)
      },
    })
    await Promise.race([running, crashed])
  }

  /** A listener that is silent once this member is over. */
  #whileLive<E>(listener: (event: E) => void): (event: E) => void {
    return (event) => {
      if (!this.#over) listener(event)
    }
  }

  #listenToGroup(): void {
    const { consumer } = this
    const hooks = this.#hooks
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH } = consumer.events
    consumer.on(
      GROUP_JOIN,
      this.#whileLive(({ payload }) => {
        const partitions = [...(payload.memberAssignment[this.#options.topic] ?? [])].sort((a, b) => a - b)
        hooks.joined(partitions, payload.memberId, this.#generation)
      }),
    )
    consumer.on(
      REBALANCING,
      this.#whileLive(() => hooks.rebalancing()),
    )
    consumer.on(
      HEARTBEAT,
      this.#whileLive(({ payload }) => hooks.alive(payload.groupGenerationId)),
    )
    consumer.on(
      CRASH,
      this.#whileLive(({ payload }) => hooks.ended(payload.error)),
    )
  }

  #listenToFetches(): void {
    const { consumer } = this
    const hooks = this.#hooks
    const { FETCH, END_BATCH_PROCESS, COMMIT_OFFSETS } = consumer.events
    consumer.on(
      FETCH,
      this.#whileLive(() => hooks.fetched()),
    )
    consumer.on(
      END_BATCH_PROCESS,
      this.#whileLive(({ payload: { batchSize, partition, lastOffset } }) => {
        if (batchSize === 0) hooks.skipped(partition, String(BigInt(lastOffset) + 1n))
      }),
    )
    consumer.on(
      COMMIT_OFFSETS,
      this.#whileLive(({ payload: { groupGenerationId, topics } }) => {
        for (const { partition, offset } of topics.flatMap(({ partitions }) => partitions)) {
          hooks.committed(groupGenerationId, Number(partition), String(offset))
        }
      }),
    )
  }
}

/** kafkajs logs the generation of an assignment at debug level, just before it emits the assignment without it. */
const generationIn = ({ log: { message, generationId } }: LogEntry): number | null =>
  message === 'Received assignment' && typeof generationId === 'number' ? generationId : null
