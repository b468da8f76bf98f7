/**
 * What the ledger holds at most. Oldest first is let go; every limit shows in the views (`dropped`, `earlier`).
 * Together they keep a browser tab's memory flat however long it stays open.
 */
export interface LedgerLimits {
  /** Rows of one pane. */
  rowsPerPane: number
  /** Rows of all panes together: with many panes each gets its share. */
  rowsTotal: number
  /** Characters of text in one pane's rows: bodies from outside may be 64 KiB each. */
  charsPerPane: number
  messages: number
  /** Messages and their arrivals together: a message with many copies costs more. */
  messageWeight: number
  /** Characters of text in all messages. */
  messageChars: number
  /** Arrivals of one message on one system: a message that is handed back for ever must not grow for ever. */
  arrivalsPerLife: number
  /** Arrivals waiting to be settled by one consumer, or to be committed in one partition by one group. */
  unsettled: number
  /** Gaps, faults and changes of people, each. */
  notices: number
  /** State changes of one consumer that are remembered to say who was there when. */
  presence: number
  /** Events kept as they came, for those that draw time. */
  recent: number
  /** Consumers that left, whose rows are kept in case they come back. */
  departedPanes: number
}

export const LEDGER_LIMITS: LedgerLimits = {
  rowsPerPane: 5_000,
  rowsTotal: 100_000,
  charsPerPane: 4_000_000,
  messages: 20_000,
  messageWeight: 40_000,
  messageChars: 16_000_000,
  arrivalsPerLife: 1_000,
  unsettled: 20_000,
  notices: 200,
  presence: 256,
  recent: 40_000,
  departedPanes: 64,
}

/** However many panes there are, each keeps at least this many rows. */
export const ROWS_PER_PANE_MIN = 200
