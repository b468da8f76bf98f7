import type { PaneRow, PaneView } from '#lib/ledger/model/views.ts'

/**
 * What a reader who scrolled up is reading: the rows as they were then, and those that came since. Rows the ledger
 * lets go of meanwhile stay, so that nothing moves away under the reader's eyes.
 */
export interface History {
  /** Number of the first row, counted from the pane's very first. */
  readonly base: number
  readonly head: readonly PaneRow[]
  /** Measured heights of the rows that were on screen, by key, in pixels. */
  readonly heights: ReadonlyMap<string, number>
  /** Where the reader stood, pixels from the top. */
  readonly offset: number
  /** The row to go to instead, by its index; null: where the reader stood. */
  readonly goTo: number | null
}

export const openHistory = (
  pane: PaneView,
  heights: ReadonlyMap<string, number>,
  offset: number,
  goTo: number | null = null,
): History => ({ base: pane.dropped, head: pane.rows.slice(), heights, offset, goTo })

export interface HistoryRows {
  count: number
  at(index: number): PaneRow | undefined
}

/** The history's rows together with those the pane got since; without the latter once some between are lost. */
export function historyRows(history: History, pane: PaneView): HistoryRows {
  const { base, head } = history
  const joined = base + head.length >= pane.dropped
  return {
    count: joined ? pane.dropped + pane.rows.length - base : head.length,
    at(index) {
      const live = base + index - pane.dropped
      return live >= 0 ? pane.rows[live] : head[index]
    },
  }
}

/** Rows that came since the reader scrolled up. */
export const newSince = ({ base, head }: History, pane: PaneView): number =>
  pane.dropped + pane.rows.length - base - head.length
