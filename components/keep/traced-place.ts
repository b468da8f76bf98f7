import type { LaneTraceView, LedgerViews, PaneRow } from '#lib/ledger/views.ts'
import type { LogFacts } from '#lib/protocol/facts.ts'
import { consumerId } from '#lib/protocol/names.ts'
import type { LaneRef } from '../lane/lane-ref.ts'

export interface TracedPlace {
  partition: number
  offset: number
}

type RowsOf = (consumer: string) => readonly PaneRow[]
type Partition = LogFacts['partitions'][number]

/** More than any strip shows, and what a busy reader gets between two looks at the facts. */
const ROWS_WALKED = 500

/** What each consumer of the lane has read, oldest first. */
export const rowsIn =
  (views: LedgerViews, { manifest, destination }: LaneRef): RowsOf =>
  (consumer) =>
    views.pane(consumerId(manifest.id, destination, consumer))?.rows ?? []

/** Where the traced record lies on the strips, from its receipt or from whoever read it first. Null: not known. */
export function tracedPlace(
  { receipt, cords }: Pick<LaneTraceView, 'receipt' | 'cords'>,
  partitions: readonly Partition[],
  rowsOf: RowsOf,
): TracedPlace | null {
  const fromReceipt = receipt?.state === 'published' ? receipt.address : null
  const address = fromReceipt ?? [...cords.values()][0]?.address
  if (address?.kind === 'offset') return { partition: address.partition, offset: Number(address.offset) }
  const [partition] = partitions
  if (address?.kind !== 'entry' || !partition) return null
  const offset = offsetOf(address.id, partition, [...cords.keys()].map(rowsOf))
  return offset === null ? null : { partition: partition.partition, offset }
}

/** An entry's place as a count: its own name where that counts, else by how many a reader had between it and the newest. */
function offsetOf(id: string, { end, last }: Partition, readings: ReadonlyArray<readonly PaneRow[]>) {
  if (last === undefined) return /^\d+$/.test(id) ? Number(id) : null
  const newest = Number(end) - 1
  if (id === last) return newest
  for (const rows of readings) {
    const between = stepsBack(rows, last, id)
    if (between !== null) return newest - between
  }
  return null
}

/** How many entries before `from` a reader had `to`; what it had since the broker was asked stands behind both. */
function stepsBack(rows: readonly PaneRow[], from: string, to: string): number | null {
  let steps: number | null = null
  for (let index = rows.length - 1; index >= Math.max(0, rows.length - ROWS_WALKED); index -= 1) {
    const row = rows[index]
    if (row?.type !== 'delivery' || row.delivery.address.kind !== 'entry') continue
    const { id } = row.delivery.address
    if (steps !== null) steps += 1
    else if (id === from) steps = 0
    if (steps !== null && id === to) return steps
  }
  return null
}
