import type { Consumer } from 'kafkajs'

type Pausable = Pick<Consumer, 'pause' | 'resume'>

/**
 * From which partitions a consumer may take records: from none while a person paused it, which stays a member of its group, and
 * not from those that are not positioned yet, or that the broker refuses to read. kafkajs knows one list of paused partitions;
 * this keeps the reasons apart.
 */
export class PartitionPauses {
  readonly #topic: string
  #paused = false
  #unpositioned = new Set<number>()
  readonly #resting = new Set<number>()
  #client: Pausable | undefined

  constructor(topic: string) {
    this.#topic = topic
  }

  isPaused(partition: number): boolean {
    return this.#paused || this.#unpositioned.has(partition) || this.#resting.has(partition)
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
    this.#resting.clear()
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

  /** Asking for it is of no use for now. */
  rest(partition: number): void {
    this.#resting.add(partition)
    this.#apply()
  }

  rested(partition: number): void {
    if (this.#resting.delete(partition)) this.#apply()
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
    const partitions = [...this.#unpositioned, ...this.#resting]
    if (partitions.length > 0) this.#client.pause([{ topic: this.#topic, partitions }])
  }
}
