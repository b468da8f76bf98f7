import type { Batch, KafkaMessage } from 'kafkajs'
import type { Unreadable } from './fetched-records.ts'

/**
 * Offsets that hold no message for a reader: removed by retention (or by `kafka-delete-records`, which the broker does not
 * distinguish), by compaction, or used up by a transaction, for its markers and for what it aborted.
 */
export interface Hole {
  partition: number
  reason: 'retention' | 'compaction' | 'transaction'
  /** The first and the last of them; others of another reason may lie between. */
  from: number
  to: number
  /** How many they are. */
  missed: number
}

/** A hole and the index of the record of the batch that comes behind it. */
export interface HoleBefore extends Hole {
  before: number
}

/** A record as `fetched-records.ts` makes it, or, with `refusal`, `partition-refusals.ts`; kafkajs passes it on as it is. */
export type ReadRecord = KafkaMessage & { unreadable?: Unreadable; isFiller?: boolean; refusal?: string }

/** Where a record begins: an unreadable one may stand for several. */
const firstOffset = ({ offset, unreadable }: ReadRecord): number => Number(unreadable?.offset ?? offset)

/** All that was fetched, with what kafkajs leaves out of `messages`: markers, and what transactions aborted. */
function fetchedIn(batch: Batch): readonly ReadRecord[] {
  const all: unknown = 'messagesWithinOffset' in batch ? batch.messagesWithinOffset : undefined
  return Array.isArray(all) ? all : batch.messages
}

/** The offset that the fetch asked for, before which its first record may lie, or behind which. */
export const fetchedFrom = (batch: Batch): number =>
  Number('fetchedOffset' in batch ? batch.fetchedOffset : batch.firstOffset())

/** The holes of a fetched batch of a reader that is to read on at `next`, in order. */
export function holesIn(batch: Batch, next: number): HoleBefore[] {
  const { messages, partition } = batch
  const all = fetchedIn(batch)
  const last = all.at(-1)
  const isWhole = all.length === messages.length && Number(last?.offset) - next + 1 === all.length
  if (isWhole && !last?.isFiller) return []
  const holes: HoleBefore[] = []
  const add = (reason: Hole['reason'], from: number, to: number, before: number) => {
    if (to < from) return
    const latest = holes.at(-1)
    if (latest?.before === before && latest.reason === reason) {
      latest.to = to
      latest.missed += to - from + 1
    } else holes.push({ partition, reason, from, to, missed: to - from + 1, before })
  }
  let expected = next
  let index = 0
  for (const record of all) {
    const offset = Number(record.offset)
    add('compaction', expected, firstOffset(record) - 1, index)
    const isMessage = messages[index] === record
    if (record.isFiller) add('compaction', Math.max(expected, firstOffset(record)), offset, index)
    else if (!isMessage) add('transaction', Math.max(expected, offset), offset, index)
    if (isMessage) index += 1
    expected = Math.max(expected, offset + 1)
  }
  return holes
}

/** Transactions and compaction leave holes in every batch: those of one partition and reason are reported no more often than this. */
const GATHER_MS = 1_000

/** Reports the first hole at once, and those that follow soon as one, so that they crowd out no messages. */
export class HoleReports {
  readonly #report: (hole: Hole) => void
  /** By partition and reason: what came since the latest report; null when nothing did. */
  readonly #gathered = new Map<string, Hole | null>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(report: (hole: Hole) => void) {
    this.#report = report
  }

  add({ partition, reason, from, to, missed }: Hole): void {
    const hole = { partition, reason, from, to, missed }
    const key = `${partition} ${reason}`
    const gathered = this.#gathered.get(key)
    if (gathered) {
      gathered.to = Math.max(gathered.to, to)
      gathered.missed += missed
    } else if (gathered === null) this.#gathered.set(key, hole)
    else {
      this.#report(hole)
      this.#gather(key)
    }
  }

  /** Reports what is gathered. Call when reading ends. */
  flush(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    const gathered = [...this.#gathered.values()]
    this.#gathered.clear()
    for (const hole of gathered) if (hole) this.#report(hole)
  }

  #gather(key: string): void {
    this.#gathered.set(key, null)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const hole = this.#gathered.get(key)
      this.#gathered.delete(key)
      if (!hole) return
      this.#report(hole)
      this.#gather(key)
    }, GATHER_MS)
    this.#timers.add(timer)
  }
}
