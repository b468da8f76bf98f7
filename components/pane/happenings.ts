import type { PaneRow } from '#lib/ledger/model/views.ts'

/** What happened to the consumer itself: everything in its log that is no arrival. */
export type Happening = Exclude<PaneRow, { type: 'delivery' }>

/** Rows of a log by their index; undefined beyond its ends. */
type RowAt = (index: number) => PaneRow | undefined

/** One line holds so many of them at most: of hundreds in a row the oldest are not shown. */
const LINE_MAX = 40

const isHappening = (row: PaneRow | undefined): row is Happening =>
  row !== undefined && row.type !== 'delivery'

/**
 * The happenings that the row at `index` shows, newest first: all that came in a row share the line of the newest, so
 * that they never push messages out of sight. Empty for an arrival, and for a happening that a later row shows.
 */
export function happeningsAt(at: RowAt, index: number): readonly Happening[] {
  if (isHappening(at(index + 1))) return []
  const line: Happening[] = []
  for (let row = at(index); isHappening(row) && line.length < LINE_MAX; row = at(index - line.length)) {
    line.push(row)
  }
  return line
}

/** The index from which on `count` rows are to be seen; 0 when there are fewer. */
export function firstOfNewest(rows: readonly PaneRow[], count: number): number {
  let seen = 0
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    if (!isHappening(rows[index]) || !isHappening(rows[index + 1])) seen += 1
    if (seen > count) return index + 1
  }
  return 0
}
