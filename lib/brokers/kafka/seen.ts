/** Groups whose reading is remembered; the one that was forgotten longest is forgotten first. */
const GROUPS_MAX = 1_000

/** How far each group has been delivered to, by any consumer of this driver: Kafka itself never says "again". */
export interface Seen {
  /** Takes note of a delivery; true when that record, or a later one of its partition, was delivered in this group before. */
  mark(group: string, topic: string, partition: number, offset: number): boolean
  /** The topic begins anew. */
  forget(topic: string): void
  /**
   * A partition that ends before what was delivered from it is another one of that name (deleted and made again, or its
   * end lost with a disk). `ends` must have been read after this was called: it resolves to what to do with them.
   */
  beforeReadingEnds(topic: string): (ends: ReadonlyMap<number, number>) => void
}

interface Progress {
  topic: string
  /** partition → highest offset delivered */
  highest: Map<number, number>
}

export function createSeen(): Seen {
  const groups = new Map<string, Progress>()

  const progressOf = (group: string, topic: string): Progress => {
    const key = `${topic}\n${group}`
    const existing = groups.get(key)
    if (existing) return existing
    const [oldest] = groups.keys()
    if (groups.size >= GROUPS_MAX && oldest !== undefined) groups.delete(oldest)
    const progress = { topic, highest: new Map<number, number>() }
    groups.set(key, progress)
    return progress
  }

  return {
    mark: (group, topic, partition, offset) => {
      const { highest } = progressOf(group, topic)
      const before = highest.get(partition)
      if (before !== undefined && offset <= before) return true
      highest.set(partition, offset)
      return false
    },
    forget: (topic) => {
      for (const [key, progress] of groups) if (progress.topic === topic) groups.delete(key)
    },
    beforeReadingEnds: (topic) => {
      const before = [...groups.values()]
        .filter((progress) => progress.topic === topic)
        .map(({ highest }) => ({ highest, reached: [...highest] }))
      return (ends) => {
        for (const { highest, reached } of before) {
          for (const [partition, offset] of reached) {
            const end = ends.get(partition)
            if (end !== undefined && offset >= end) highest.delete(partition)
          }
        }
      }
    },
  }
}
