import type { Kafka } from 'kafkajs'
import * as z from 'zod'
import { countdown, withDeadline } from '../kit/deadlines.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { FetchedRecord } from './fetched-records.ts'
import type { ReadRecord } from './holes.ts'

/** For fetching, all rounds together; what was read by then is what there is. */
const FETCH_LIMIT_MS = 3_000
/** With connecting to the brokers that lead its partitions. */
const CONNECT_AND_FETCH_LIMIT_MS = 8_000
/** What is asked for is there already: the broker has nothing to wait for. */
const FETCH_WAIT_MS = 100
const RESPONSE_MAX_BYTES = 1024 * 1024
const PARTITION_MAX_BYTES = 256 * 1024
/** What is stored, also by transactions that are open or were aborted. */
const READ_UNCOMMITTED = 0

/** The offsets to read of one partition: from `from` up to, and without, `to`. */
export interface Stretch {
  from: bigint
  to: bigint
}

/** What was read of one partition, in order, and the offset at which reading would go on. */
export interface FetchedPartition {
  records: StoredRecord[]
  next: bigint
  /** Records at the beginning gave way to those behind them. */
  isCut: boolean
}

/** `last`: where records are long, the stretch is read up to its end, and its first records give way. */
export interface FetchBounds {
  limit: number
  keeps: 'first' | 'last'
}

type StoredRecord = FetchedRecord & Pick<ReadRecord, 'refusal'>

/** The part of kafkajs's client below its consumers that fetches, which it has no public name for. */
interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>
  findBroker(of: { nodeId: string }): Promise<{ fetch(request: object): Promise<unknown> }>
}

const responseSchema = z.object({
  responses: z.array(
    z.object({
      partitions: z.array(
        z.object({
          partition: z.number(),
          messages: z.array(
            z.custom<StoredRecord>(
              (record) => typeof record === 'object' && record !== null && 'offset' in record,
            ),
          ),
        }),
      ),
    }),
  ),
})

/**
 * Reads records of a topic without a consumer: nobody joins a group, and no offset is committed. kafkajs's own consumers
 * need a group, so this asks the partitions' leaders themselves, on a connection of its own that ends with it. At most
 * `limit` records of each partition, and fewer where they are long or the time is over. Throws the raw error.
 */
export async function fetchWithoutGroup(
  options: ConnectionOptions,
  topic: string,
  stretches: ReadonlyMap<number, Stretch>,
  bounds: FetchBounds,
): Promise<Map<number, FetchedPartition>> {
  const connection = new Connection(options)
  try {
    const reading = new Reading(stretches, bounds)
    const read = readAll(clusterOf(connection.kafka), topic, reading)
    await withDeadline(`reading ${topic}`, CONNECT_AND_FETCH_LIMIT_MS, read)
    return reading.partitions
  } finally {
    connection.cut('it has read what it was made for')
  }
}

async function readAll(cluster: Cluster, topic: string, reading: Reading): Promise<void> {
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  const left = countdown(FETCH_LIMIT_MS)
  for (let due = reading.due(); due.length > 0 && left() > 0; due = reading.due()) {
    const leaders = Object.entries(cluster.findLeaderForPartitions(topic, due))
    await Promise.all(
      leaders.map(async ([nodeId, partitions]) => {
        const broker = await cluster.findBroker({ nodeId })
        reading.take(await broker.fetch(reading.request(topic, partitions)))
      }),
    )
  }
}

class Reading {
  readonly partitions: Map<number, FetchedPartition>
  readonly #stretches: ReadonlyMap<number, Stretch>
  readonly #bounds: FetchBounds
  /** Bytes of bodies and keys, by partition. */
  readonly #bytes = new Map<number, number>()

  constructor(stretches: ReadonlyMap<number, Stretch>, bounds: FetchBounds) {
    this.#stretches = stretches
    this.#bounds = bounds
    this.partitions = new Map(
      [...stretches].map(([partition, { from }]) => [partition, { records: [], next: from, isCut: false }]),
    )
  }

  /** The partitions of which more is to be read. */
  due(): number[] {
    return [...this.partitions]
      .filter(([partition, { next }]) => next < this.#end(partition) && !this.#isFull(partition))
      .map(([partition]) => partition)
  }

  request(topic: string, partitions: readonly number[]): object {
    const asked = partitions.map((partition) => ({
      partition,
      fetchOffset: String(this.partitions.get(partition)?.next ?? 0n),
      maxBytes: PARTITION_MAX_BYTES,
    }))
    return {
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: RESPONSE_MAX_BYTES,
      topics: [{ topic, partitions: asked }],
    }
  }

  take(response: unknown): void {
    for (const { partitions } of responseSchema.parse(response).responses) {
      for (const { partition, messages } of partitions) {
        for (const record of messages) this.#takeOne(partition, record)
      }
    }
  }

  /** A batch is fetched whole: it may begin before what was asked for, and reach beyond it. */
  #takeOne(partition: number, record: StoredRecord): void {
    const read = this.partitions.get(partition)
    if (read === undefined || this.#isFull(partition)) return
    if (record.refusal !== undefined) {
      // The broker cannot read it: what lies behind would be refused again.
      read.next = this.#end(partition)
      return
    }
    const offset = BigInt(record.offset)
    if (offset < read.next) return
    if (offset >= this.#end(partition)) {
      read.next = this.#end(partition)
      return
    }
    read.next = offset + 1n
    if (record.isControlRecord || record.isFiller) return
    read.records.push(record)
    let bytes = (this.#bytes.get(partition) ?? 0) + sizeOf(record)
    while (this.#bounds.keeps === 'last' && bytes > PARTITION_MAX_BYTES && read.records.length > 1) {
      const first = read.records.shift()
      bytes -= first === undefined ? 0 : sizeOf(first)
      read.isCut = true
    }
    this.#bytes.set(partition, bytes)
  }

  #isFull(partition: number): boolean {
    if (this.#bounds.keeps === 'last') return false
    const records = this.partitions.get(partition)?.records.length ?? 0
    return records >= this.#bounds.limit || (this.#bytes.get(partition) ?? 0) > PARTITION_MAX_BYTES
  }

  readonly #end = (partition: number): bigint => this.#stretches.get(partition)?.to ?? 0n
}

const sizeOf = ({ key, value }: StoredRecord): number => (value?.length ?? 0) + (key?.length ?? 0)

/** Throws where kafkajs keeps it no longer under this name. */
function clusterOf(kafka: Kafka): Cluster {
  for (const symbol of Object.getOwnPropertySymbols(kafka)) {
    if (symbol.description !== 'private:Kafka:createCluster') continue
    const create: unknown = Reflect.get(kafka, symbol)
    if (typeof create === 'function') return create({ allowAutoTopicCreation: false, metadataMaxAge: 0 })
  }
  throw new Error('this kafkajs has no cluster where it was expected')
}
