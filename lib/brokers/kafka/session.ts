import type { Consumer, EachBatchPayload, LogEntry } from 'kafkajs'
import { rangeAssigner } from './assigner.ts'
import { reasonOf } from './errors.ts'
import { withLimit } from './limit.ts'
import { createLink, type LinkOptions } from './link.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'

/** How soon a member learns of a rebalance: a third member joins in 0.35 s, against 1.35 s with kafkajs's 3 s. */
const HEARTBEAT_INTERVAL_MS = 500
/** How long the broker lets a member take to come back into a rebalance. */
const REBALANCE_TIMEOUT_MS = 10_000
/** kafkajs fetches all partitions of a broker in one request that waits so long for the first byte. */
const FETCH_WAIT_FEW_MS = 100
const FETCH_WAIT_MANY_MS = 250
/** Partitions that were added are noticed, and shared out, so soon; it costs a small request each time. */
const METADATA_AGE_MS = 2_000
/** Up to so many readers of a process, short waits cost little. */
const FEW_READERS = 12
const STEPS = { initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 1.5 }
/**
 * Connecting is tried for as long as the session lasts: a member that finds its broker again keeps its place in the group,
 * where a new one would wait until the old one's session is over. A cut link ends the trying at once.
 */
const CONNECT_RETRY = { ...STEPS, retries: Number.MAX_SAFE_INTEGER }
const GROUP_RETRY = { ...STEPS, retries: 10 }
const LEAVE_LIMIT_MS = 3_000

export interface SessionHooks {
  /** A new share: runs before the first record of it is asked for. */
  joined(partitions: number[], memberId: string, generation: number | null): void
  rebalancing(): void
  /** The broker took a heartbeat of this member. */
  alive(generation: number): void
  committed(generation: number, partition: number, upTo: string): void
  fetched(): void
  /** Only control records or aborted ones up to `next`: nothing to deliver, but read. */
  skipped(partition: number, next: string): void
  batch(payload: EachBatchPayload): Promise<void>
  /** kafkajs gave up; it does not come back by itself. */
  ended(error: Error): void
}

export interface SessionOptions extends LinkOptions {
  topic: string
  group: string
  /** Also what belongs to transactions that were aborted, or are not over. */
  readUncommitted: boolean
  /** How many consumers this process has. */
  readers(): number
}

/** One kafkajs consumer on connections of its own, from joining its group to its end. */
export interface Session {
  readonly consumer: Consumer
  /** Joins, once; resolves when it is a member, before which no commit is sent. Throws when it can't. */
  start(): Promise<void>
  /** Says goodbye, within a limit; then every connection is closed. */
  leave(): Promise<void>
  /** Ends without a goodbye. Nothing is heard of it any more. */
  cut(reason: string): Promise<void>
}

export function createSession(options: SessionOptions, hooks: SessionHooks): Session {
  const { topic, group, readers, log } = options
  let generation: number | null = null
  const heard = (entry: LogEntry) => {
    generation = generationIn(entry) ?? generation
  }
  const link = createLink({ ...options, retry: CONNECT_RETRY, heard })
  const consumer = link.kafka.consumer({
    groupId: group,
    partitionAssigners: [rangeAssigner],
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: readers() <= FEW_READERS ? FETCH_WAIT_FEW_MS : FETCH_WAIT_MANY_MS,
    minBytes: 1,
    metadataMaxAge: METADATA_AGE_MS,
    readUncommitted: options.readUncommitted,
    allowAutoTopicCreation: false,
    retry: { ...GROUP_RETRY, restartOnFailure: async () => false },
  })
  let over = false
  const heed =
    <E>(hear: (event: E) => void) =>
    (event: E) => {
      if (!over) hear(event)
    }
  listen(consumer, topic, hooks, heed, () => generation)

  const cut = async (reason: string) => {
    over = true
    link.cut(reason)
    await link.gone()
  }

  const start = async () => {
    await consumer.connect()
    // Where a position is out of range, what is still there is read from its beginning: nothing is skipped unseen.
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (!over) await hooks.batch(payload)
      },
    })
    await Promise.race([running, crashed])
  }
  let joined: Promise<void> | undefined

  return {
    consumer,
    start: () => {
      joined ??= start()
      return joined
    },
    leave: async () => {
      over = true
      try {
        await withLimit(consumer.disconnect(), LEAVE_LIMIT_MS, 'leaving')
      } catch (error) {
        log.debug({ reason: reasonOf(error) }, 'a consumer was cut while leaving')
      }
      await cut('the consumer left')
    },
    cut,
  }
}

/** kafkajs tells the generation of a share in its debugging, just before it tells of the share itself without it. */
const generationIn = ({ log: { message, generationId } }: LogEntry): number | null =>
  message === 'Received assignment' && typeof generationId === 'number' ? generationId : null

function listen(
  consumer: Consumer,
  topic: string,
  hooks: SessionHooks,
  heed: <E>(hear: (event: E) => void) => (event: E) => void,
  generation: () => number | null,
): void {
  const { events } = consumer
  consumer.on(
    events.GROUP_JOIN,
    heed(({ payload }) =>
      hooks.joined(
        [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b),
        payload.memberId,
        generation(),
      ),
    ),
  )
  consumer.on(
    events.REBALANCING,
    heed(() => hooks.rebalancing()),
  )
  consumer.on(
    events.HEARTBEAT,
    heed(({ payload }) => hooks.alive(payload.groupGenerationId)),
  )
  consumer.on(
    events.FETCH,
    heed(() => hooks.fetched()),
  )
  consumer.on(
    events.END_BATCH_PROCESS,
    heed(({ payload }) => {
      if (payload.batchSize === 0) hooks.skipped(payload.partition, String(BigInt(payload.lastOffset) + 1n))
    }),
  )
  consumer.on(
    events.COMMIT_OFFSETS,
    heed(({ payload }) => {
      const generation = payload.groupGenerationId
      for (const { partitions } of payload.topics) {
        for (const { partition, offset } of partitions) {
          hooks.committed(generation, Number(partition), String(offset))
        }
      }
    }),
  )
  consumer.on(
    events.CRASH,
    heed(({ payload }) => hooks.ended(payload.error)),
  )
}
