import type { Consumer } from 'kafkajs'

type Pausable = Pick<Consumer, 'pause' | 'resume'>

/** Keeps a consumer from taking records of one partition for a while; the other partitions are read on. */
export interface PartitionBackoff {
  backOff(partition: number): void
  endBackOff(partition: number): void
}

/**
 * From which partitions a consumer may take records: from none while a person paused it, which stays a member of its group, and
 * not from those that are not positioned yet, or that back off because the broker refuses to read them or because their worker
 * failed at a record. kafkajs knows one list of paused partitions; this keeps the reasons apart.
 */
export class PartitionPauses implements PartitionBackoff {
  readonly #topic: string
  #paused = false
  #unpositioned = new Set<number>()
  readonly #backedOff = new Set<number>()
  #client: Pausable | undefined

  constructor(topic: string) {
    this.#topic = topic
  }

  isPaused(partition: number): boolean {
    return this.#paused || this.#unpositioned.has(partition) || this.#backedOff.has(partition)
  }

  pause(): void {
    this.#paused = true
    this.#apply()
  }

  resume(): void {
    this.#paused = false
    this.#apply()
  }

  /** A new assignment: exactly these wait for their position. `client` must be a member of its group by then. */
  assign(client: Pausable, unpositioned: readonly number[]): void {
    this.#client = client
    this.#unpositioned = new Set(unpositioned)
    this.#backedOff.clear()
    this.#apply()
  }

  /** These, too, wait for their position. */
  awaitPosition(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#unpositioned.add(partition)
    this.#apply()
  }

  /** These have their position. */
  positioned(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#unpositioned.delete(partition)
    this.#apply()
  }

  /** Its records are not asked for until `endBackOff`: they were refused, or one of them is to be tried again later. */
  backOff(partition: number): void {
    this.#backedOff.add(partition)
    this.#apply()
  }

  endBackOff(partition: number): void {
    if (this.#backedOff.delete(partition)) this.#apply()
  }

  /** The client is gone; what changes from now on applies to the next one. */
  detach(): void {
    this.#client = undefined
  }

  #apply(): void {
    if (!this.#client) return
    if (this.#paused) {
      this.#client.pause([{ topic: this.#topic }])
      return
    }
    this.#client.resume([{ topic: this.#topic }])
    const partitions = [...this.#unpositioned, ...this.#backedOff]
    if (partitions.length > 0) this.#client.pause([{ topic: this.#topic, partitions }])
  }
}
