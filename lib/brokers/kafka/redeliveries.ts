/** Groups whose deliveries are remembered; beyond it, the group that was added first is forgotten. */
const GROUPS_MAX = 1_000

interface Delivered {
  topic: string
  /** partition → highest offset delivered */
  highest: Map<number, number>
  /** partition → latest time of a record delivered */
  latest: Map<number, number>
}

interface DeliveredRecord {
  readonly topic: string
  readonly partition: number
  /** The timestamp is Unix time in milliseconds. */
  readonly record: { readonly offset: string; readonly timestamp: string }
}

/** How far each group was delivered to by any consumer of this driver, since Kafka itself never marks a redelivery. */
export class Redeliveries {
  readonly #groups = new Map<string, Delivered>()

  /**
   * Records a delivery; true when this record, or a later one of its partition, was delivered to the group before. A record
   * with a known offset that was written after all of those is a new one: the topic was made again, and counts from 0.
   */
  recordDelivery(group: string, { topic, partition, record }: DeliveredRecord): boolean {
    const [offset, writtenAt] = [Number(record.offset), Number(record.timestamp)]
    const { highest, latest } = this.#deliveredTo(group, topic)
    const before = highest.get(partition)
    const last = latest.get(partition)
    if (before !== undefined && offset <= before && (last === undefined || writtenAt <= last)) return true
    const isAnew = before !== undefined && offset <= before
    highest.set(partition, offset)
    latest.set(partition, isAnew || last === undefined ? writtenAt : Math.max(last, writtenAt))
    return false
  }

  /** The topic begins anew. */
  forget(topic: string): void {
    for (const [key, delivered] of this.#groups) if (delivered.topic === topic) this.#groups.delete(key)
  }

  /**
   * Call before reading the ends of a topic's partitions, and the returned function with the ends. A partition that ends
   * before what was delivered from it is a new one of that name (deleted and created again, or its end was lost with a
   * disk), so that its deliveries are forgotten.
   */
  beforeReadingEnds(topic: string): (ends: ReadonlyMap<number, number>) => void {
    const before = [...this.#groups.values()]
      .filter((delivered) => delivered.topic === topic)
      .map(({ highest, latest }) => ({ highest, latest, reached: [...highest] }))
    return (ends) => {
      for (const { highest, latest, reached } of before) {
        for (const [partition, offset] of reached) {
          const end = ends.get(partition)
          if (end === undefined || offset < end) continue
          highest.delete(partition)
          latest.delete(partition)
        }
      }
    }
  }

  #deliveredTo(group: string, topic: string): Delivered {
    const key = `${topic}\n${group}`
    const existing = this.#groups.get(key)
    if (existing) return existing
    const [oldest] = this.#groups.keys()
    if (this.#groups.size >= GROUPS_MAX && oldest !== undefined) this.#groups.delete(oldest)
    const delivered = { topic, highest: new Map<number, number>(), latest: new Map<number, number>() }
    this.#groups.set(key, delivered)
    return delivered
  }
}
