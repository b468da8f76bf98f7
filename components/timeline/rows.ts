import type { Feed } from '#lib/feed/feed.ts'
import { type LaneRef, lanePlaces } from '../feed/lane-ref.ts'
import { brokerRow, consumerRow, laneRow, type Mark } from './marks.ts'

/** One horizontal row of the timeline. */
export interface Row {
  key: string
  system: string
  ref: LaneRef
  /** Null: the broker's own row, with its receipts; the only one of a system on which the room has no destination. */
  consumer: string | null
  group: string | null
}

export function rowsOf(feed: Feed): Row[] {
  return lanePlaces(feed).flatMap((ref): Row[] => {
    const { manifest, destination } = ref
    const consumers = feed.views.destination(manifest.id, destination)?.consumers ?? []
    const broker = {
      key: laneRow(manifest.id, destination),
      system: manifest.id,
      ref,
      consumer: null,
      group: null,
    }
    return [
      broker,
      ...consumers.map(({ name, group }) => ({
        ...broker,
        key: consumerRow(manifest.id, destination, name),
        consumer: name,
        group: group ?? null,
      })),
    ]
  })
}

export const rowsSignature = (feed: Feed): string =>
  rowsOf(feed)
    .map(({ key, group }) => `${key} ${group}`)
    .join('|')

export interface RowLayout {
  rows: readonly Row[]
  height: number
  /** The index of each shown row by its key. */
  index: ReadonlyMap<string, number>
}

export const layOutRows = (rows: readonly Row[], height: number): RowLayout => ({
  rows,
  height,
  index: new Map([
    ...rows.flatMap(({ system }, index) =>
      rows.findIndex((row) => row.system === system) === index ? [[brokerRow(system), index] as const] : [],
    ),
    ...rows.map(({ key }, index) => [key, index] as const),
  ]),
})

/**
 * The index of the row that shows a mark or a span; undefined: none does. A fault of a consumer whose lane is not shown stands
 * on its broker's first row: whoever looks for the cause of an effect finds it.
 */
export function indexOf(
  { index }: RowLayout,
  { row, kind }: Pick<Mark, 'row'> & { kind: string },
): number | undefined {
  const own = index.get(row)
  const systemEnd = row.indexOf('/')
  if (own !== undefined || kind !== 'fault' || systemEnd === -1) return own
  return index.get(brokerRow(row.slice(0, systemEnd)))
}

export const middleOf = ({ height }: RowLayout, index: number): number => (index + 0.5) * height

const ROW_MIN = 28
const ROW_MAX = 96

/** Rows share the available height; below their least height they scroll. */
export const rowHeight = (count: number, available: number): number =>
  Math.min(ROW_MAX, Math.max(ROW_MIN, Math.floor(available / Math.max(1, count))))
